package erasure

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestKeeps_refusesAServerThatKeepsWhatIsErased(t *testing.T) {
	quiet := map[string]string{"archive_mode": "off", "log_statement": "none", "log_min_duration_statement": "-1", "log_parameter_max_length": "-1"}
	with := func(name, value string) map[string]string {
		m := map[string]string{}
		for k, v := range quiet {
			m[k] = v
		}
		m[name] = value
		return m
	}
	for name, c := range map[string]struct {
		settings map[string]string
		slots    int
		says     string
	}{
		"quiet":            {quiet, 0, ""},
		"logs definitions": {with("log_statement", "ddl"), 0, ""},
		"archive":          {with("archive_mode", "on"), 0, "archive_mode"},
		"archive, standby": {with("archive_mode", "always"), 0, "archive_mode"},
		"unknown":          {nil, 0, "archive_mode"},
		"logical slot":     {quiet, 1, "logical"},
		"logs changes":     {with("log_statement", "mod"), 0, "log_parameter_max_length"},
		"logs slow ones":   {with("log_min_duration_statement", "250"), 0, "log_parameter_max_length"},
	} {
		err := keeps(c.settings, c.slots)
		if c.says == "" && err != nil || c.says != "" && (!errors.Is(err, ErrKept) || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	silent := with("log_statement", "all")
	silent["log_parameter_max_length"] = "0"
	if err := keeps(silent, 0); err != nil {
		t.Error(err)
	}
}

func TestKey_isInNoLog(t *testing.T) {
	k := Key{"r", "i", [32]byte{7, 7, 7, 7}}
	if s := fmt.Sprintf("%v %+v %#v %s", k, k, []Key{k}, k); strings.Contains(s, "7") {
		t.Error(s)
	}
}
