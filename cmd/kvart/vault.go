package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"

	"kvart/internal/platform/i18n"
	"kvart/internal/platform/pdf"
	"kvart/internal/platform/pins"
	"kvart/internal/platform/vault"
	"kvart/locales"
)

type vaultCmd struct {
	Init vaultInitCmd `cmd:"" help:"Make an organisation's two keys, away from the server: six papers, and a file of what is public."`
	Pin  vaultPinCmd  `cmd:"" help:"On the server: believe lists that this key signs, and no other's."`
	Sign vaultSignCmd `cmd:"" help:"Sign the list of who reads, away from the server, with two of the three papers."`

	Recover vaultRecoverCmd `cmd:"" help:"On the server: give messages that nobody of their team can read any more back to the listed readers, with two of the three papers of the recovery key."`
}

// publicKeys is the file of what is public of an organisation's two keys.
type publicKeys struct {
	Format       int               `json:"kvart_vault"` // 1
	Organisation string            `json:"organisation"`
	Made         string            `json:"made"` // the day
	Signer       ed25519.PublicKey `json:"signer"`
	Recovery     []byte            `json:"recovery"`
}

func readPublicKeys(file string) (k publicKeys, err error) {
	data, err := read(file)
	if err != nil {
		return k, err
	}
	if json.Unmarshal(data, &k) == nil && k.Format == 1 && k.Organisation != "" && len(k.Signer) == ed25519.PublicKeySize {
		if _, err := vault.ParseReader(k.Recovery); err == nil {
			return k, nil
		}
	}
	return publicKeys{}, fmt.Errorf("%s is not the file that 'kvart vault init' wrote", file)
}

// recoveryReader is the id, and the owner, of the recovery key in a list.
const recoveryReader = "recovery"

type vaultInitCmd struct {
	Organisation string `required:"" placeholder:"ID" help:"The organisation's id, as its page at the desk shows it."`
	Out          string `required:"" placeholder:"FILE" type:"path" help:"File to write the public halves to; it holds no secret."`
	PDF          bool   `name:"pdf" help:"Give the papers as a PDF instead of text, to be piped to a printer."`
}

// Run needs no database and no network. The private halves are in memory and on the papers, and nowhere else.
func (c *vaultInitCmd) Run() error {
	if strings.TrimSpace(c.Organisation) == "" {
		return wrongUse{errors.New("--organisation is empty: give the id that the organisation's page at the desk shows")}
	}
	if info, err := os.Stdout.Stat(); err == nil && info.Mode().IsRegular() {
		return wrongUse{errors.New("the papers are never written to a disk: pipe them to a printer ('| lp'), or copy them by hand from the screen")}
	}
	if c.PDF && terminal(os.Stdout) {
		return wrongUse{errors.New("--pdf is for a printer: add '| lp'")}
	}
	var signing, recovery [32]byte
	_, _ = rand.Read(signing[:])
	_, _ = rand.Read(recovery[:])
	defer clear(signing[:])
	defer clear(recovery[:])
	private := ed25519.NewKeyFromSeed(signing[:])
	defer clear(private)
	identity, err := vault.IdentityFromSeed(recovery)
	if err != nil {
		return err
	}
	now := time.Now()
	keys := publicKeys{1, c.Organisation, now.Format(time.DateOnly), private.Public().(ed25519.PublicKey), identity.Reader().Bytes()}
	papers, err := c.papers(keys, now, slices.Concat(shares(vault.Signing, signing), shares(vault.Recovery, recovery)))
	if err != nil {
		return err
	}
	data, err := json.MarshalIndent(keys, "", " ")
	if err != nil {
		return err
	}
	if err := writeNew(c.Out, append(data, '\n'), 0o644); err != nil {
		return err
	}
	if _, err := os.Stdout.Write(papers); err != nil {
		_ = os.Remove(c.Out) // nobody has the papers to it
		return fmt.Errorf("giving out the papers: %w: begin again", err)
	}
	fmt.Fprintln(os.Stderr, "written: "+c.Out+" (public). Six papers were given out; nothing else has the private halves.")
	return nil
}

func shares(which vault.Which, secret [32]byte) []vault.Share {
	three := vault.Split(which, secret)
	return three[:]
}

// papers are one page for each share, in Croatian and English.
func (c *vaultInitCmd) papers(keys publicKeys, made time.Time, list []vault.Share) ([]byte, error) {
	texts, err := i18n.Load(locales.FS)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	doc := pdf.New(pdf.A4, string(i18n.HR), "Kvart", made)
	for n, s := range list {
		fingerprint := vault.Fingerprint(keys.Signer)
		if s.Which == vault.Recovery {
			fingerprint = vault.Fingerprint(keys.Recovery)
		}
		var head, body []string
		for _, lang := range []i18n.Lang{i18n.HR, i18n.EN} {
			words := texts.For(lang)
			title, what := words.T("vault_paper.signing", "n", s.Number), words.T("vault_paper.signing.text")
			if s.Which == vault.Recovery {
				title, what = words.T("vault_paper.recovery", "n", s.Number), words.T("vault_paper.recovery.text")
			}
			head = append(head, title)
			body = append(body, "", words.T("vault_paper.organisation", "id", keys.Organisation), words.T("vault_paper.made", "date", keys.Made))
			body = append(body, words.T("vault_paper.fingerprint", "fingerprint", fingerprint))
			body = append(body, wrapped(what+" "+words.T("vault_paper.keep"), 72)...)
		}
		rows := []string{}
		for three := range slices.Chunk(strings.Fields(s.Printed()), perRow) {
			rows = append(rows, strings.Join(three, "   "))
		}
		if n > 0 {
			text.WriteByte('\f')
		}
		fmt.Fprintf(&text, "%s\n\n%s\n%s\n", strings.Join(head, "\n"), "    "+strings.Join(rows, "\n    "), strings.Join(body, "\n"))
		doc.Page()
		const left = 70
		y := doc.Lines(left, 80, head, pdf.Font{Size: 18, Bold: true})
		y = doc.Lines(left, y+30, rows, pdf.Font{Size: 24})
		doc.Lines(left, y+20, body, pdf.Font{Size: 12})
	}
	if c.PDF {
		return doc.Bytes()
	}
	return text.Bytes(), nil
}

// perRow is how many groups of a share stand in a row.
const perRow = 3

func wrapped(s string, width int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(s) {
		if line != "" && len([]rune(line))+1+len([]rune(word)) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

// writeNew writes a file that is not there yet.
func writeNew(name string, data []byte, mode os.FileMode) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s exists: choose another name", name)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		_ = os.Remove(name)
	}
	return err
}

type vaultPinCmd struct {
	storage
	File string `arg:"" type:"existingfile" help:"The file that 'kvart vault init' wrote."`
}

// Run pins the signing key in the secrets folder, and keeps nothing else of the file.
func (c *vaultPinCmd) Run() error {
	keys, err := readPublicKeys(c.File)
	if err != nil {
		return wrongUse{err}
	}
	folder := c.config().Secrets
	if err := (pins.Pins{Dir: folder}).Pin(keys.Organisation, keys.Signer); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return wrongUse{fmt.Errorf("no secrets in %s: give with --secrets the folder that 'kvart serve' uses", folder)}
		}
		if errors.Is(err, pins.ErrOther) {
			return fmt.Errorf("%w, %s: nothing was changed; docs/vault.md says when and how it is exchanged", err, shown(keys.Organisation))
		}
		return err
	}
	fmt.Println("pinned for organisation " + shown(keys.Organisation) + " in " + folder)
	fmt.Println("fingerprint: " + vault.Fingerprint(keys.Signer))
	fmt.Println("compare it with a paper of the signing key")
	return nil
}

type vaultSignCmd struct {
	Request string `arg:"" type:"existingfile" help:"The list to sign, as the desk gives it."`
	Out     string `required:"" placeholder:"LIST" type:"path" help:"File to write the signed list to."`
	Keys    string `placeholder:"FILE" type:"existingfile" help:"The file that 'kvart vault init' wrote: the papers are held to it, and its recovery key is put on the list."`
}

// signRequest is the list as the desk gives it.
type signRequest struct {
	Organisation string `json:"organisation"`
	Serial       int    `json:"serial"`
	Readers      []struct {
		ID    string `json:"id"`
		Owner string `json:"owner"`
		Name  string `json:"name"`
		Key   []byte `json:"key"`
		Until string `json:"until"`
	} `json:"readers"`
}

// Run needs no database and no network: it shows who would read, asks for two papers, and writes the signed list.
func (c *vaultSignCmd) Run(ctx context.Context) error {
	list, names, keys, err := c.list(time.Now())
	if err != nil {
		return wrongUse{err}
	}
	if _, err := os.Lstat(c.Out); err == nil { // before anybody types two papers
		return wrongUse{fmt.Errorf("%s exists: choose another name", c.Out)}
	}
	fmt.Printf("List %d of organisation %s. Who is on it can open what is sent in confidence from then on.\n", list.Serial, shown(list.Organisation))
	fmt.Println("Compare each fingerprint with the person, face to face or on the phone; the recovery key's stands on its papers.")
	for i, r := range list.Readers {
		key, err := vault.ParseReader(r.Key)
		if err != nil {
			return wrongUse{fmt.Errorf("the key of %s: %w", shown(r.ID), err)}
		}
		fmt.Printf("\n%d. %s\n   account %s, key %s, until %s\n   %s\n", i+1, shown(names[i]), shown(r.Owner), shown(r.ID), shown(r.Until), key.Fingerprint())
	}
	ask := newAsker(ctx)
	seed, err := ask.key(vault.Signing)
	if err != nil {
		return err
	}
	defer clear(seed[:])
	private := ed25519.NewKeyFromSeed(seed[:])
	defer clear(private)
	signer := private.Public().(ed25519.PublicKey)
	if keys != nil && !keys.Signer.Equal(signer) {
		return fmt.Errorf("these two papers are of another signing key (%s) than %s: look which organisation stands on them", vault.Fingerprint(signer), c.Keys)
	}
	file, err := list.Sign(private)
	if err != nil {
		return wrongUse{err}
	}
	sure, err := ask.yes("\nSign list %d of organisation %s with %d keys?", list.Serial, shown(list.Organisation), len(list.Readers))
	if err != nil {
		return err
	}
	if !sure {
		return errors.New("nothing was signed")
	}
	if err := writeNew(c.Out, file, 0o644); err != nil {
		return err
	}
	fmt.Println("written: " + c.Out + " (bring it to the desk)")
	fmt.Println("signed with the key of fingerprint " + vault.Fingerprint(signer))
	return nil
}

// list reads the request and makes of it the list as it would be signed on the day, with the recovery key on it, and how
// each of its readers is called.
func (c *vaultSignCmd) list(today time.Time) (list vault.List, names []string, keys *publicKeys, err error) {
	data, err := read(c.Request)
	if err != nil {
		return list, nil, nil, err
	}
	var q signRequest
	if err := json.Unmarshal(data, &q); err != nil || q.Organisation == "" || q.Serial < 1 {
		return list, nil, nil, fmt.Errorf("%s is no list to sign: take it from the organisation's page at the desk", c.Request)
	}
	list = vault.List{Organisation: q.Organisation, Serial: q.Serial, Signed: today.Format(time.DateOnly)}
	var recovery []byte
	for _, r := range q.Readers {
		list.Readers, names = append(list.Readers, vault.Listed{ID: r.ID, Owner: r.Owner, Key: r.Key, Until: r.Until}), append(names, r.Name)
		if (r.ID == recoveryReader) != (r.Owner == recoveryReader) {
			return list, nil, nil, fmt.Errorf("the key %s of %s is called as only the recovery key may be", shown(r.ID), shown(r.Owner))
		}
		if r.ID == recoveryReader {
			recovery, names[len(names)-1] = r.Key, "THE RECOVERY KEY"
		}
	}
	if c.Keys != "" {
		k, err := readPublicKeys(c.Keys)
		if err != nil {
			return list, nil, nil, err
		}
		keys = &k
		if k.Organisation != q.Organisation {
			return list, nil, nil, fmt.Errorf("the list is of organisation %s, the keys are of %s", shown(q.Organisation), shown(k.Organisation))
		}
		if recovery != nil && !bytes.Equal(recovery, k.Recovery) {
			return list, nil, nil, fmt.Errorf("the list names another recovery key than %s: do not sign it, and look who changed it", c.Keys)
		}
		if recovery == nil {
			recovery = k.Recovery
			list.Readers = append(list.Readers, vault.Listed{ID: recoveryReader, Owner: recoveryReader, Key: k.Recovery, Until: today.AddDate(1, 0, 0).Format(time.DateOnly)})
			names = append(names, "THE RECOVERY KEY")
		}
	}
	if recovery == nil {
		return list, nil, nil, errors.New("the list has no recovery key: add --keys with the file that 'kvart vault init' wrote")
	}
	return list, names, keys, nil
}

// shown is text of somebody else's as a terminal may show it: nothing in it moves the cursor or hides what stands there.
func shown(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
}
