package export

import "testing"

func TestNoFormula(t *testing.T) {
	for in, want := range map[string]string{"": "", "a": "a", "=1+1": "'=1+1", "@SUM(A1)": "'@SUM(A1)", "+cmd": "'+cmd", "-1": "-1", "+385 1": "+385 1", "-": "-", "-2+3+cmd|x": "'-2+3+cmd|x", "+1+cmd|x": "'+1+cmd|x", "\n=1": "'\n=1", "\tx": "'\tx", "1=1": "1=1", "č": "č"} {
		if got := NoFormula(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
