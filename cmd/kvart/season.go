package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"kvart/internal/allotment"
)

type seasonCmd struct {
	Recount recountCmd `cmd:"" help:"Count a published season anew from its document, and say whether it says the same."`
}

type recountCmd struct {
	File string `arg:"" help:"The document, as the season's page gives it; - is standard input."`
}

// Run needs no database: everything the result hangs on is in the document.
func (c *recountCmd) Run() error {
	data, err := readDocument(c.File)
	if err != nil {
		return wrongUse{err}
	}
	d, err := allotment.Parse(data)
	if err != nil {
		return wrongUse{err}
	}
	list, err := d.Recount()
	if err != nil {
		return wrongUse{err}
	}
	for i, x := range list {
		if i == 20 {
			fmt.Printf("… and %d more\n", len(list)-i)
			break
		}
		fmt.Printf("%s\twritten: %s\tcounted: %s\n", x.Where, x.Written, x.Counted)
	}
	if len(list) > 0 {
		return fmt.Errorf("the recount differs in %d places: ask the centre for the document it counted from", len(list))
	}
	fmt.Printf("equal: %s, %d organisations, %d wishes, %d met, %d edits\n", d.Name, len(d.Input.Organisations), len(d.Input.Wishes), len(d.Result.Picks), len(d.Edits))
	return nil
}

func readDocument(name string) ([]byte, error) {
	from := os.Stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("%w: give the document that the season's page gives", err)
		}
		defer f.Close()
		from = f
	}
	data, err := io.ReadAll(io.LimitReader(from, allotment.MaxDocument+1))
	if err == nil && len(data) == 0 {
		err = errors.New("the file is empty: give the document that the season's page gives")
	}
	return data, err
}
