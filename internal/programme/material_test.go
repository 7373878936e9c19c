package programme_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"kvart/internal/network"
	"kvart/internal/platform/db"
	"kvart/internal/platform/fault"
	"kvart/internal/platform/i18n"
	. "kvart/internal/programme"
)

func photo(t *testing.T, w, h int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for x := range w {
		for y := range h {
			img.Set(x, y, color.RGBA{uint8(x), uint8(y), 90, 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// located is a photo whose EXIF says where it was taken, followed by an archive.
func located(t *testing.T) []byte {
	p := photo(t, 40, 30)
	exif := append([]byte("Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x00"), []byte("GPS 45.8131 15.9775 Dragutinova kuhinja")...)
	out := append([]byte{0xff, 0xd8, 0xff, 0xe1, 0, 0}, exif...)
	binary.BigEndian.PutUint16(out[4:], uint16(len(exif)+2))
	return append(append(out, p[2:]...), []byte("PK\x03\x04 <script>alert(1)</script> PK\x05\x06")...)
}

// bomb is a small PNG that says it is huge.
func bomb(w, h uint32) []byte {
	var b bytes.Buffer
	b.WriteString("\x89PNG\r\n\x1a\n")
	chunk := func(kind string, data []byte) {
		binary.Write(&b, binary.BigEndian, uint32(len(data)))
		body := append([]byte(kind), data...)
		b.Write(body)
		binary.Write(&b, binary.BigEndian, crc32.ChecksumIEEE(body))
	}
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	chunk("IHDR", append(head, 8, 2, 0, 0, 0))
	var z bytes.Buffer
	zw := zlib.NewWriter(&z)
	zw.Write(make([]byte, 1<<20))
	zw.Close()
	chunk("IDAT", z.Bytes())
	chunk("IEND", nil)
	return b.Bytes()
}

const goodPDF = "%PDF-1.4\n1 0 obj<</Type/Catalog/JSON 1>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"

var described = i18n.Text{i18n.HR: "Ruke sade rajčice"}

func (w *town) material(a Activity, m Material, data []byte) (string, error) {
	if m.Words == nil {
		m.Words = described
	}
	return w.AddMaterial(w.t.Context(), w.Centre, a.ID, m, Sent{Data: data}, "", "/there", "by")
}

func TestMaterials_aPhotoIsPublishedOnlyWithConsentAndGoesAtOnceWithoutIt(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a := w.activity(nil)
		id, err := w.material(a, Material{}, located(t))
		if err != nil {
			t.Fatal(err)
		}
		public := func(want int) {
			t.Helper()
			list, err := w.PublicMaterials(t.Context(), a.ID)
			if err != nil || len(list) != want {
				t.Fatalf("%d published (%v), want %d", len(list), err, want)
			}
			_, err = w.PublicMaterial(t.Context(), id)
			if (err == nil) != (want == 1) {
				t.Fatalf("by its address: %v", err)
			}
		}
		public(0)
		if _, err := w.DB.Exec(t.Context(), `UPDATE materials SET consent = 'all'`, nil); err == nil {
			t.Error("the database takes consent that nobody recorded")
		}
		for _, bad := range [][2]string{{"", "usmeno"}, {"all", ""}, {"guardians", ""}, {"maybe", "x"}, {"all", strings.Repeat("x", 121)}} {
			if err := w.RecordConsent(t.Context(), w.Centre, id, bad[0], bad[1], "by"); !fault.Is(err, fault.KindInvalid) {
				t.Errorf("%q: %v", bad, err)
			}
		}
		if err := w.RecordConsent(t.Context(), db.NewID(), id, "all", "usmeno", "by"); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("another centre: %v", err)
		}
		if err := w.RecordConsent(t.Context(), w.Centre, id, "all", "usmeno", "by"); err != nil {
			t.Fatal(err)
		}
		public(1)
		m, err := w.MaterialAt(t.Context(), w.Centre, id)
		if err != nil || m.By != "by" || m.On != "2026-11-02" || m.How != "usmeno" || m.Width != 40 || m.Height != 30 {
			t.Errorf("%+v %v", m, err)
		}
		w.exec(`UPDATE activities SET state = 'archived' WHERE id = :a`, db.Args{"a": a.ID})
		public(0)
		w.exec(`UPDATE activities SET state = 'published' WHERE id = :a`, db.Args{"a": a.ID})
		before := w.number(`SELECT n FROM change_counters WHERE scope = 'public'`, nil)
		if err := w.RemoveMaterial(t.Context(), w.Centre, id, "by"); err != nil {
			t.Fatal(err)
		}
		public(0)
		if n := w.number(`SELECT COUNT(*) FROM materials`, nil); n != 0 || w.number(`SELECT n FROM change_counters WHERE scope = 'public'`, nil) == before {
			t.Errorf("%d rows are kept, or pages that are kept do not change", n)
		}
		if n := w.number(`SELECT COUNT(*) FROM audit_rows WHERE action IN ('material.add','material.consent','material.remove')`, nil); n != 3 {
			t.Errorf("%d notes in the audit", n)
		}
	})
}

func TestMaterials_whatThePhotoSaidBesideThePictureIsGone(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a := w.activity(nil)
		if _, err := w.material(a, Material{Consent: NobodyKnown}, located(t)); err != nil {
			t.Fatal(err)
		}
		b := w.browser(network.Coordinator)
		doc := b.get("/hr/programme/"+a.ID, 200)
		img := doc.Find("figure img")
		if img.AttrOr("alt", "") != described[i18n.HR] || img.AttrOr("width", "") != "40" {
			t.Fatal("no picture on the page")
		}
		res, err := b.http.Get(b.base + img.AttrOr("src", ""))
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		for _, left := range []string{"GPS", "Dragutin", "PK\x03", "script", "Exif"} {
			if bytes.Contains(body, []byte(left)) {
				t.Errorf("%q is left in it", left)
			}
		}
		if _, err := jpeg.Decode(bytes.NewReader(body)); err != nil || res.Header.Get("Content-Type") != "image/jpeg" || res.Header.Get("X-Content-Type-Options") != "nosniff" ||
			res.Header.Get("Cache-Control") != "no-cache" || !strings.Contains(res.Header.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%v %v", err, res.Header)
		}
	})
}

func TestMaterials_hostileFilesAreRefusedAtTheField(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a := w.activity(nil)
		whole := photo(t, 60, 60)
		var flat bytes.Buffer
		if err := png.Encode(&flat, image.NewGray(image.Rect(0, 0, 7000, 7000))); err != nil {
			t.Fatal(err)
		}
		for name, one := range map[string]struct {
			data []byte
			key  string
		}{
			"nothing":          {nil, "fault.required"},
			"svg":              {[]byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), "messages.fault.picture"},
			"html":             {[]byte("<!doctype html><script>1</script>"), "messages.fault.picture"},
			"huge dimensions":  {bomb(2_000_000_000, 2_000_000_000), "messages.fault.picture"},
			"too many points":  {flat.Bytes(), "messages.fault.picture_size"},
			"lies about size":  {bomb(4000, 4000), "messages.fault.picture"},
			"truncated":        {whole[:len(whole)/2], "messages.fault.picture"},
			"gif":              {[]byte("GIF89a\x01\x00\x01\x00\x80\x00\x00"), "messages.fault.picture"},
			"zip":              {[]byte("PK\x03\x04" + strings.Repeat("a", 300)), "messages.fault.picture"},
			"too many bytes":   {append(whole, make([]byte, MaxPhoto)...), "messages.fault.picture_size"},
			"pdf cut off":      {[]byte(goodPDF[:len(goodPDF)-8]), "messages.fault.pdf"},
			"pdf and zip":      {[]byte(goodPDF + "PK\x03\x04PK\x05\x06"), "messages.fault.pdf"},
			"pdf with script":  {[]byte("%PDF-1.4\n<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>\n%%EOF"), "messages.fault.pdf"},
			"pdf launches":     {[]byte("%PDF-1.4\n<</A<</S/Launch/F(cmd.exe)>>>>\n%%EOF"), "messages.fault.pdf"},
			"page before pdf":  {[]byte("<html>" + goodPDF), "messages.fault.picture"},
			"pdf too large":    {[]byte("%PDF-" + strings.Repeat(" ", MaxHandout) + "%%EOF"), "messages.fault.file_size"},
			"random beginning": {bytes.Repeat([]byte{0xff, 0xd8, 0xff}, 500), "messages.fault.picture"},
		} {
			_, err := w.material(a, Material{}, one.data)
			f := fault.Of(err)
			if err == nil || len(f.Fields) != 1 || f.Fields[0].Name != "file" || (f.Fields[0].Key != one.key && !(name == "huge dimensions" && f.Fields[0].Key == "messages.fault.picture_size")) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := w.material(a, Material{}, []byte(goodPDF)); err != nil {
			t.Errorf("a plain PDF: %v", err)
		}
		if n := w.number(`SELECT COUNT(*) FROM materials`, nil); n != 1 {
			t.Errorf("%d are kept", n)
		}
	})
}

func TestMaterials_ofADiscreetActivityAreRefusedByTheDatabase(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		hidden := w.activity(func(a *Activity) { a.Discreet = true })
		if _, err := w.material(hidden, Material{Consent: NobodyKnown}, photo(t, 9, 9)); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("%v", err)
		}
		_, err := w.DB.Exec(t.Context(), `INSERT INTO materials (id, activity_id, centre_id, kind, media_type, words, size, data, created_at)
			VALUES ('m', :a, :c, 'picture', 'image/jpeg', :words, 1, 'x', 0)`, db.Args{"a": hidden.ID, "c": w.Centre, "words": described})
		if db.Refused(err) != "discreet" {
			t.Errorf("the database: %v", err)
		}
		open := w.activity(nil)
		if _, err := w.material(open, Material{}, photo(t, 9, 9)); err != nil {
			t.Fatal(err)
		}
		now, err := w.Activity(t.Context(), w.DB, w.Centre, open.ID, true)
		if err != nil {
			t.Fatal(err)
		}
		now.Discreet = true
		groups, _ := w.Network.Groups(t.Context(), w.DB)
		wantFault(t, w.ChangeActivity(t.Context(), now, groups, "by"), "messages.fault.discreet_materials")
		b := w.browser(network.Coordinator)
		b.get("/desk/programme/"+hidden.ID+"/materials", http.StatusNotFound)
	})
}

// upload sends the page's form with a file, as a browser does.
func (b *browser) upload(path string, values url.Values, name string, data []byte, want int) *goquery.Document {
	b.t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for k, list := range values {
		for _, v := range list {
			if k != "file" {
				m.WriteField(k, v)
			}
		}
	}
	part, err := m.CreateFormFile("file", name)
	if err != nil {
		b.t.Fatal(err)
	}
	part.Write(data)
	m.Close()
	res, err := b.http.Post(b.base+path, m.FormDataContentType(), &body)
	return b.page(res, err, want)
}

func TestMaterialsPage_keepsWhatWasTypedAndTakesOneFormOnce(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a := w.activity(nil)
		session := w.session(a, 0)
		b := w.browser(network.Coordinator)
		at := "/desk/programme/" + a.ID + "/materials"
		f := fields(t, b.get(at, 200), at)
		f.Set("words-hr", strings.Repeat("ž", 200)+" 🎉 مرحبا")
		f.Set("session", session)
		f.Set("consent", "all")
		doc := b.upload(at, f, "../../etc/passwd.jpg", make([]byte, MaxPhoto+100), 422)
		if doc.Find("#e-file").Length() != 1 || doc.Find("#f-words-hr").AttrOr("value", "") != f.Get("words-hr") || doc.Find(`input[name=consent][checked]`).AttrOr("value", "-") != "all" {
			t.Error("the fault is not at the file, or what was typed is lost")
		}
		doc = b.upload(at, f, "slika.jpg", photo(t, 20, 20), 422)
		if doc.Find("#e-how").Length() != 1 {
			t.Error("how consent was given is not asked")
		}
		f.Set("how", "usmeno")
		for range 2 {
			b.upload(at, f, "slika.jpg", photo(t, 20, 20), 303)
		}
		if n := w.number(`SELECT COUNT(*) FROM materials WHERE consent = 'all' AND session_id = :s`, db.Args{"s": session}); n != 1 {
			t.Errorf("%d of one form", n)
		}
		f = fields(t, b.get(at, 200), at)
		f.Set("words-hr", `Letak "proljeće"/2027`)
		b.upload(at, f, "letak.pdf", []byte(goodPDF), 303)
		doc = b.get("/hr/programme/"+a.ID, 200)
		link := doc.Find(`a[download]`)
		res, err := b.http.Get(b.base + link.AttrOr("href", ""))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if d := res.Header.Get("Content-Disposition"); !strings.HasPrefix(d, "attachment; filename") || strings.Contains(d, `/`) || res.Header.Get("Content-Type") != "application/pdf" {
			t.Error(d)
		}
		id := strings.TrimPrefix(doc.Find("figure img").AttrOr("src", ""), "/materials/")
		remove := "/desk/materials/" + id + "/remove"
		if text := b.post(remove, url.Values{}, 200).Find("main").Text(); !strings.Contains(text, "zauvijek") {
			t.Error("it is not asked first")
		}
		b.post(remove, url.Values{"sure": {"1"}}, 303)
		b.get("/materials/"+id, 404)
		if doc := b.get("/hr/programme/"+a.ID, 200); doc.Find("figure img").Length() != 0 {
			t.Error("the page still shows it")
		}
	})
}

func TestMaterials_haveALimitForEachActivity(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a := w.activity(nil)
		for i := range 60 {
			w.exec(`INSERT INTO materials (id, activity_id, centre_id, kind, media_type, words, size, data, created_at) VALUES (:id, :a, :c, 'picture', 'image/jpeg', :words, 1, 'x', 0)`,
				db.Args{"id": fmt.Sprint(i), "a": a.ID, "c": w.Centre, "words": described})
		}
		_, err := w.material(a, Material{}, photo(t, 9, 9))
		wantFault(t, err, "messages.fault.many")
	})
}
