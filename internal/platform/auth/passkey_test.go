package auth

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
)

// authenticator is a passkey in software: ES256, attestation "none" (WebAuthn Level 2, section 6).
type authenticator struct {
	t      *testing.T
	origin string
	rp     string
	id     []byte
	user   []byte
	key    *ecdsa.PrivateKey
	count  uint32
	flags  byte // of use: present 1, verified 4, may be backed up 8, is backed up 16
}

func newAuthenticator(t *testing.T) *authenticator {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 32)
	_, _ = rand.Read(id)
	return &authenticator{t: t, origin: "https://centri.example", rp: "centri.example", id: id, key: key, flags: 1 | 4}
}

func (a *authenticator) data(flags byte) []byte {
	rp := sha256.Sum256([]byte(a.rp))
	return binary.BigEndian.AppendUint32(append(rp[:], flags), a.count)
}

func (a *authenticator) client(kind string, options []byte) []byte {
	var o struct {
		PublicKey struct {
			Challenge string `json:"challenge"`
			User      struct {
				ID string `json:"id"`
			} `json:"user"`
		} `json:"publicKey"`
	}
	if err := json.Unmarshal(options, &o); err != nil || o.PublicKey.Challenge == "" {
		a.t.Fatalf("options %s: %v", options, err)
	}
	if o.PublicKey.User.ID != "" {
		a.user, _ = base64.RawURLEncoding.DecodeString(o.PublicKey.User.ID)
	}
	b, _ := json.Marshal(map[string]any{"type": kind, "challenge": o.PublicKey.Challenge, "origin": a.origin, "crossOrigin": false})
	return b
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func request(body map[string]any) *http.Request {
	b, _ := json.Marshal(body)
	r := httptest.NewRequest("POST", "/desk/sign-in/passkey/finish", bytes.NewReader(b))
	r.Header.Set("Content-Type", "application/json")
	return r
}

// create answers the options of a registration as a browser would send it.
func (a *authenticator) create(options []byte) *http.Request {
	client := a.client("webauthn.create", options)
	point, err := a.key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		a.t.Fatal(err)
	}
	cose := append([]byte{0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32}, point[1:33]...)
	cose = append(append(cose, 0x22, 0x58, 32), point[33:]...)
	data := append(a.data(a.flags|64), make([]byte, 16)...)
	data = append(append(append(data, 0, byte(len(a.id))), a.id...), cose...)
	object := append([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"), byte(len(data)))
	object = append(object, data...)
	return request(map[string]any{"id": b64(a.id), "rawId": b64(a.id), "type": "public-key", "clientExtensionResults": map[string]any{},
		"response": map[string]any{"clientDataJSON": b64(client), "attestationObject": b64(object)}})
}

// get answers the options of a sign-in.
func (a *authenticator) get(options []byte) *http.Request {
	client := a.client("webauthn.get", options)
	a.count++
	data, sum := a.data(a.flags), sha256.Sum256(client)
	digest := sha256.Sum256(append(bytes.Clone(data), sum[:]...))
	sig, err := ecdsa.SignASN1(rand.Reader, a.key, digest[:])
	if err != nil {
		a.t.Fatal(err)
	}
	return request(map[string]any{"id": b64(a.id), "rawId": b64(a.id), "type": "public-key", "clientExtensionResults": map[string]any{},
		"response": map[string]any{"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(sig), "userHandle": b64(a.user)}})
}

func register(t *testing.T, s *Store, a Account, key *authenticator) {
	t.Helper()
	options, ceremony, err := s.BeginRegister(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.FinishRegister(t.Context(), ceremony, a, key.create(options)); err != nil {
		t.Fatal(err, fault.Of(err).Unwrap())
	}
}

func TestPasskey_opensAsSecondFactorAndAlone(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		a := must[Account](t)(s.AddAccount(t.Context(), "ana", "Ana", "", phrase))
		key := newAuthenticator(t)
		register(t, s, a, key)
		if list := must[[]Passkey](t)(s.Passkeys(t.Context(), a.ID)); len(list) != 1 {
			t.Fatal(list)
		}
		for _, half := range []string{a.ID, ""} {
			options, ceremony, err := s.BeginLogin(t.Context(), half)
			if err != nil {
				t.Fatal(err)
			}
			answer := key.get(options)
			if id, err := s.FinishLogin(t.Context(), ceremony, half, answer); err != nil || id != a.ID {
				t.Fatal(id, err)
			}
			_, err = s.FinishLogin(t.Context(), ceremony, half, key.get(options))
			wantKind(t, err, fault.KindInvalid) // a ceremony is used once
		}
		var kept string
		if err := s.DB.Get(t.Context(), &kept, `SELECT credential FROM passkeys`, nil); err != nil {
			t.Fatal(err)
		}
		var credential struct {
			Authenticator struct {
				SignCount uint32 `json:"signCount"`
			} `json:"authenticator"`
		}
		if err := json.Unmarshal([]byte(kept), &credential); err != nil || credential.Authenticator.SignCount != 2 && credential.Authenticator.SignCount != 3 {
			t.Fatal("the counter is not kept", kept, err)
		}
	})
}

func TestPasskey_aloneDoesNotOpenAnAccountWithAVaultKey(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		a := must[Account](t)(s.AddAccount(t.Context(), "ana", "Ana", "", phrase))
		key := newAuthenticator(t)
		register(t, s, a, key)
		must[int64](t)(s.DB.Exec(t.Context(), `UPDATE accounts SET vault_key = 'sealed'`, nil))
		options, ceremony, err := s.BeginLogin(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.FinishLogin(t.Context(), ceremony, "", key.get(options))
		wantKind(t, err, fault.KindForbidden)
		options, ceremony, err = s.BeginLogin(t.Context(), a.ID)
		if err != nil {
			t.Fatal(err)
		}
		if id, err := s.FinishLogin(t.Context(), ceremony, a.ID, key.get(options)); err != nil || id != a.ID {
			t.Fatal("as second factor it does", id, err)
		}
	})
}

func TestPasskey_refusesWhatDoesNotFit(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		a := must[Account](t)(s.AddAccount(t.Context(), "ana", "Ana", "", phrase))
		b := must[Account](t)(s.AddAccount(t.Context(), "berta", "Berta", "", phrase))
		key, hers := newAuthenticator(t), newAuthenticator(t)
		register(t, s, a, key)
		register(t, s, b, hers)
		for name, change := range map[string]func(k *authenticator){
			"another site":        func(k *authenticator) { k.origin = "https://centri.example.evil.example" },
			"another party":       func(k *authenticator) { k.rp = "evil.example" },
			"nobody touched it":   func(k *authenticator) { k.flags = 0 },
			"another key":         func(k *authenticator) { k.key = hers.key },
			"another's passkey":   func(k *authenticator) { *k = *hers },
			"another's handle":    func(k *authenticator) { k.user = hers.user },
			"an unknown passkey":  func(k *authenticator) { k.id = []byte("unknown") },
			"backup flag changed": func(k *authenticator) { k.flags |= 8 },
		} {
			options, ceremony, err := s.BeginLogin(t.Context(), a.ID)
			if err != nil {
				t.Fatal(err)
			}
			changed := *key
			change(&changed)
			if id, err := s.FinishLogin(t.Context(), ceremony, a.ID, changed.get(options)); !fault.Is(err, fault.KindInvalid) {
				t.Errorf("%s: %q, %v", name, id, err)
			}
		}
		options, ceremony, err := s.BeginLogin(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		unverified := *key
		unverified.flags = 1
		_, err = s.FinishLogin(t.Context(), ceremony, "", unverified.get(options))
		wantKind(t, err, fault.KindInvalid) // alone it must have verified its owner
	})
}

func TestPasskey_aCeremonyEndsAfterFiveMinutesAndBelongsToOneAccount(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		a := must[Account](t)(s.AddAccount(t.Context(), "ana", "Ana", "", phrase))
		b := must[Account](t)(s.AddAccount(t.Context(), "berta", "Berta", "", phrase))
		key := newAuthenticator(t)
		options, ceremony, err := s.BeginRegister(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		wantKind(t, s.FinishRegister(t.Context(), ceremony, b, key.create(options)), fault.KindInvalid)
		_, err = s.FinishLogin(t.Context(), ceremony, a.ID, key.get(options))
		wantKind(t, err, fault.KindInvalid)
		c.move(5*time.Minute + time.Second)
		wantKind(t, s.FinishRegister(t.Context(), ceremony, a, key.create(options)), fault.KindInvalid)
		if n := rows(t, s, `SELECT COUNT(*) FROM passkeys`); n != 0 {
			t.Fatal(n)
		}
	})
}

func TestRemovePasskey_onlyOnesOwn(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		a := must[Account](t)(s.AddAccount(t.Context(), "ana", "Ana", "", phrase))
		b := must[Account](t)(s.AddAccount(t.Context(), "berta", "Berta", "", phrase))
		register(t, s, a, newAuthenticator(t))
		var id string
		if err := s.DB.Get(t.Context(), &id, `SELECT id FROM passkeys WHERE account_id = :a`, db.Args{"a": a.ID}); err != nil {
			t.Fatal(err)
		}
		if err := s.RemovePasskey(t.Context(), b.ID, id); err != nil {
			t.Fatal(err)
		}
		if n := rows(t, s, `SELECT COUNT(*) FROM passkeys`); n != 1 {
			t.Fatal("somebody else's passkey was removed")
		}
		if err := s.RemovePasskey(t.Context(), a.ID, id); err != nil {
			t.Fatal(err)
		}
		if n := rows(t, s, `SELECT COUNT(*) FROM passkeys`); n != 0 {
			t.Fatal(n)
		}
	})
}

func TestPasskey_aCopyIsNoticedByItsCounter(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		a := must[Account](t)(s.AddAccount(t.Context(), "ana", "Ana", "", phrase))
		key := newAuthenticator(t)
		register(t, s, a, key)
		key.count = 10
		login := func(k *authenticator) error {
			options, ceremony, err := s.BeginLogin(t.Context(), a.ID)
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.FinishLogin(t.Context(), ceremony, a.ID, k.get(options))
			return err
		}
		if err := login(key); err != nil {
			t.Fatal(err)
		}
		old := *key
		old.count = 3
		wantKind(t, login(&old), fault.KindInvalid)
		if err := login(key); err != nil {
			t.Fatal(err)
		}
	})
}

func TestPasskey_whereThePublicAddressIsANumberIsSaidNotBroken(t *testing.T) {
	each(t, func(t *testing.T, s *Store, c *clock) {
		a := must[Account](t)(s.AddAccount(t.Context(), "ana", "Ana", "", phrase))
		s.Origin = "http://127.0.0.1:8080"
		_, _, err := s.BeginRegister(t.Context(), a)
		wantKind(t, err, fault.KindInvalid)
		_, _, err = s.BeginLogin(t.Context(), "")
		wantKind(t, err, fault.KindInvalid)
	})
}
