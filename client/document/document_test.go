package document

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// noise is size bytes that a seed gives.
func noise(seed uint64, size int) []byte {
	b := make([]byte, size)
	rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)}).Read(b)
	return b
}

func testKey(seed uint64) *Key {
	key, err := NewKey(noise(seed, KeySize))
	if err != nil {
		panic(err)
	}
	return key
}

func testHeader() *Header {
	return &Header{Cluster: wire.ClusterID{1}, Key: wire.KeyID{2}, ServerKey: wire.Point{3}, Salt: [32]byte{4}, ChunkSize: minChunk}
}

func encrypt(t testing.TB, key *Key, h *Header, plain []byte, step int) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := Encrypt(&out, key, h)
	if err != nil {
		t.Fatal(err)
	}
	for rest := plain; len(rest) > 0; rest = rest[min(step, len(rest)):] {
		if n, err := w.Write(rest[:min(step, len(rest))]); err != nil || n != min(step, len(rest)) {
			t.Fatalf("wrote %d: %v", n, err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func decrypt(from io.Reader, key *Key) ([]byte, error) {
	h, err := ReadHeader(from)
	if err != nil {
		return nil, err
	}
	r, err := Decrypt(from, key, h)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// TestRoundTrip: documents around the ends of chunks come back, however they are written and read.
func TestRoundTrip(t *testing.T) {
	for _, size := range []int{0, 1, minChunk - 1, minChunk, minChunk + 1, 2*minChunk - 1, 2 * minChunk, 2*minChunk + 1, 5*minChunk + 7} {
		plain := noise(9, size)
		for _, step := range []int{1 + size/3, minChunk, 100, 1 << 20} {
			encrypted := encrypt(t, testKey(1), testHeader(), plain, step)
			chunks := max(1, (size+minChunk-1)/minChunk)
			if len(encrypted) != HeaderSize+size+chunks*tagSize {
				t.Fatalf("size %d: encrypted to %d", size, len(encrypted))
			}
			for _, from := range []io.Reader{bytes.NewReader(encrypted), iotest.HalfReader(bytes.NewReader(encrypted)), iotest.DataErrReader(bytes.NewReader(encrypted))} {
				if got, err := decrypt(from, testKey(1)); err != nil || !bytes.Equal(got, plain) {
					t.Fatalf("size %d, step %d: %d bytes, %v", size, step, len(got), err)
				}
			}
		}
	}
	h := NewHeader(wire.ClusterID{1}, wire.KeyID{2}, wire.Point{3})
	for _, size := range []int{0, 1, ChunkSize, ChunkSize + 1} {
		if got := encrypt(t, testKey(1), h, make([]byte, size), 1<<20); int64(len(got)) != EncryptedSize(int64(size)) {
			t.Errorf("EncryptedSize(%d) is %d, written %d", size, EncryptedSize(int64(size)), len(got))
		}
	}
}

// TestBentDocument changes every byte of a document, cuts it everywhere, and moves, repeats, drops and adds chunks. A
// reader gives out nothing but a beginning of the document, and no end.
func TestBentDocument(t *testing.T) {
	plain := noise(9, 3*minChunk+5)
	good := encrypt(t, testKey(1), testHeader(), plain, 1<<20)
	chunk := func(i int) []byte {
		at := HeaderSize + i*(minChunk+tagSize)
		return good[at:min(at+minChunk+tagSize, len(good))]
	}
	head := good[:HeaderSize]
	bent := map[string][]byte{
		"swapped chunks":      bytes.Join([][]byte{head, chunk(1), chunk(0), chunk(2), chunk(3)}, nil),
		"repeated chunk":      bytes.Join([][]byte{head, chunk(0), chunk(0), chunk(1), chunk(2), chunk(3)}, nil),
		"first chunk dropped": bytes.Join([][]byte{head, chunk(1), chunk(2), chunk(3)}, nil),
		"middle dropped":      bytes.Join([][]byte{head, chunk(0), chunk(2), chunk(3)}, nil),
		"last dropped":        bytes.Join([][]byte{head, chunk(0), chunk(1), chunk(2)}, nil),
		"last twice":          bytes.Join([][]byte{good, chunk(3)}, nil),
		"appended byte":       append(bytes.Clone(good), 0),
		"appended document":   append(bytes.Clone(good), good...),
		"another's chunk":     bytes.Join([][]byte{head, encrypt(t, testKey(1), &Header{ChunkSize: minChunk}, plain, 1<<20)[HeaderSize:]}, nil),
	}
	for i := range good {
		if i > HeaderSize+40 && i < len(good)-40 && i%31 != 0 {
			continue // the middle of chunks is all alike
		}
		b := bytes.Clone(good)
		b[i] ^= 1 << (i % 8)
		bent[fmt.Sprintf("byte %d", i)] = b
		bent[fmt.Sprintf("cut at %d", i)] = good[:i]
	}
	for name, b := range bent {
		got, err := decrypt(bytes.NewReader(b), testKey(1))
		if err == nil {
			t.Errorf("%s: taken", name)
		}
		if !bytes.HasPrefix(plain, got) || len(got)%minChunk != 0 {
			t.Errorf("%s: gave out what is not the document's", name)
		}
	}
	if got, err := decrypt(bytes.NewReader(good), testKey(1)); err != nil || !bytes.Equal(got, plain) {
		t.Fatal(err)
	}
	// Each is told from the others.
	for name, want := range map[string]error{"byte 0": ErrForm, "byte 9": ErrWrongKey, "byte 60": ErrWrongKey, "byte 180": ErrWrongKey,
		"cut at 3": ErrForm, "cut at 100": ErrDamaged, "cut at 1300": ErrDamaged, "last dropped": ErrDamaged, "appended byte": ErrDamaged} {
		b, ok := bent[name]
		if name == "cut at 1300" {
			b, ok = good[:1300], true
		}
		if _, err := decrypt(bytes.NewReader(b), testKey(1)); !ok || !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
}

// TestBentHeader bends the fields of the header one by one.
func TestBentHeader(t *testing.T) {
	good := encrypt(t, testKey(1), testHeader(), []byte("text"), 9)
	for name, bend := range map[string]func(*Header){
		"cluster":    func(h *Header) { h.Cluster[31]++ },
		"key id":     func(h *Header) { h.Key[0]++ },
		"server key": func(h *Header) { h.ServerKey[63]++ },
		"salt":       func(h *Header) { h.Salt[0]++ },
		"chunk size": func(h *Header) { h.ChunkSize *= 2 },
		"MAC":        func(h *Header) { h.mac[5]++ },
	} {
		h, err := ReadHeader(bytes.NewReader(good))
		if err != nil {
			t.Fatal(err)
		}
		bend(h)
		bent := append(append(h.encode(), h.mac[:]...), good[HeaderSize:]...)
		if _, err := decrypt(bytes.NewReader(bent), testKey(1)); !errors.Is(err, ErrWrongKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := decrypt(bytes.NewReader(good), testKey(2)); !errors.Is(err, ErrWrongKey) {
		t.Errorf("another key: %v", err)
	}
	for _, size := range []uint32{0, 1, minChunk - 1, minChunk / 2, minChunk + 1, 2 * maxChunk, 1 << 31, 1<<32 - 1} {
		bent := bytes.Clone(good)
		binary.BigEndian.PutUint32(bent[unsignedSize-4:], size)
		if _, err := ReadHeader(bytes.NewReader(bent)); !errors.Is(err, ErrDamaged) {
			t.Errorf("chunks of %d: %v", size, err)
		}
		if _, err := Encrypt(io.Discard, testKey(1), &Header{ChunkSize: size}); err == nil {
			t.Errorf("writes chunks of %d", size)
		}
	}
	good[8] = 2
	if _, err := ReadHeader(bytes.NewReader(good)); err == nil || !strings.Contains(err.Error(), "version 2") {
		t.Errorf("version 2: %v", err)
	}
}

// TestEmptyLastChunk: one document has one encoding, so what ends with an empty chunk is no document.
func TestEmptyLastChunk(t *testing.T) {
	key, h := testKey(1), testHeader()
	var out bytes.Buffer
	w, err := Encrypt(&out, key, h)
	if err != nil {
		t.Fatal(err)
	}
	raw := w.(*writer)
	raw.plain = raw.plain[:minChunk]
	raw.flush(false)
	raw.flush(true)
	if _, err := decrypt(&out, key); !errors.Is(err, ErrDamaged) {
		t.Errorf("an empty last chunk: %v", err)
	}
}

// failing takes some bytes and no more.
type failing struct{ left int }

func (f *failing) Write(b []byte) (int, error) {
	if f.left -= len(b); f.left < 0 {
		return 0, errFull
	}
	return len(b), nil
}

var errFull = errors.New("no space left")

// TestWriteFails: a full disk and a closed document are errors, and stay so.
func TestWriteFails(t *testing.T) {
	if _, err := Encrypt(&failing{HeaderSize - 1}, testKey(1), testHeader()); err != errFull {
		t.Error(err)
	}
	w, err := Encrypt(&failing{HeaderSize + minChunk + tagSize}, testKey(1), testHeader())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(make([]byte, 4*minChunk)); err != errFull {
		t.Error(err)
	}
	if err := w.Close(); err != errFull {
		t.Errorf("closing after a failure: %v", err)
	}
	w, _ = Encrypt(io.Discard, testKey(1), testHeader())
	w.Close()
	if _, err := w.Write([]byte{1}); err == nil {
		t.Error("wrote behind the end")
	}
	cause := errors.New("the network is gone")
	good := encrypt(t, testKey(1), testHeader(), noise(1, 4*minChunk), 1<<20)
	if _, err := decrypt(io.MultiReader(bytes.NewReader(good[:2000]), iotest.ErrReader(cause)), testKey(1)); err != cause {
		t.Errorf("a source that fails: %v", err) // and not: damaged
	}
}

func TestKeyNeverPrints(t *testing.T) {
	key := testKey(1)
	for _, format := range []string{"%v", "%+v", "%#v", "%x", "%s", "%d", "%q"} {
		if text := fmt.Sprintf(format, key) + fmt.Sprintf(format, *key); strings.Replace(text, redacted, "", 2) != "" {
			t.Errorf("%s prints %s", format, text)
		}
	}
	if _, err := json.Marshal(key); err == nil {
		t.Error("a key goes into JSON")
	}
	key.Erase()
	if key.point != [KeySize]byte{} {
		t.Error("not erased")
	}
}

// TestLegacy: Parity's form, with an IV at its end; TestVectorsOverRPC has Parity's own vectors.
func TestLegacy(t *testing.T) {
	key, plain := testKey(1), []byte("Meet me where the ways cross.")
	iv := bytes.Repeat([]byte{0xff}, 16) // so the counter carries through the whole of it
	encrypted, err := EncryptLegacy(bytes.NewReader(iv), key, plain)
	if err != nil || !bytes.Equal(encrypted[len(plain):], iv) {
		t.Fatal(encrypted, err)
	}
	if got, err := DecryptLegacy(key, encrypted); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("%q %v", got, err)
	}
	if _, err := DecryptLegacy(key, iv[:15]); !errors.Is(err, ErrDamaged) {
		t.Error(err)
	}
	if _, err := EncryptLegacy(bytes.NewReader(iv[:15]), key, plain); err == nil {
		t.Error("encrypted without an IV")
	}
}

// vector is what another implementation is tested with: a document in its bytes.
type vector struct {
	Name        string         `json:"name"`
	DocumentKey hexutil.Bytes  `json:"documentKey"`
	Cluster     wire.ClusterID `json:"cluster"`
	Key         wire.KeyID     `json:"key"`
	ServerKey   wire.Point     `json:"serverKey"`
	Salt        hexutil.Bytes  `json:"salt"`
	ChunkSize   uint32         `json:"chunkSize"`
	HeaderKey   hexutil.Bytes  `json:"headerKey"`
	ChunkKey    hexutil.Bytes  `json:"chunkKey"`
	Plain       hexutil.Bytes  `json:"plain"`
	Encrypted   hexutil.Bytes  `json:"encrypted"`
}

var update = flag.Bool("update", false, "write testdata/vectors.json anew")

const vectorFile = "testdata/vectors.json"

// TestVectors: the form does not change.
func TestVectors(t *testing.T) {
	var all []vector
	if *update {
		for i, name := range []string{"empty", "one byte", "one full chunk", "a chunk and a byte"} {
			h := &Header{Cluster: wire.ClusterID(noise(10, 32)), Key: wire.KeyID(noise(11, 32)), ServerKey: wire.Point(noise(12, 64)),
				Salt: [32]byte(noise(13+uint64(i), 32)), ChunkSize: minChunk}
			plain := noise(20, []int{0, 1, minChunk, minChunk + 1}[i])
			key := testKey(30)
			all = append(all, vector{Name: name, DocumentKey: key.point[:], Cluster: h.Cluster, Key: h.Key, ServerKey: h.ServerKey, Salt: h.Salt[:],
				ChunkSize: h.ChunkSize, HeaderKey: key.derive(&h.Salt, "header"), ChunkKey: key.derive(&h.Salt, "chunks"),
				Plain: plain, Encrypted: encrypt(t, key, h, plain, 1<<20)})
		}
		text, err := json.MarshalIndent(all, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(vectorFile, append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	all = nil
	if err := json.Unmarshal(text, &all); err != nil || len(all) != 4 {
		t.Fatal(len(all), err)
	}
	for _, v := range all {
		key, err := NewKey(v.DocumentKey)
		if err != nil {
			t.Fatal(err)
		}
		h := &Header{Cluster: v.Cluster, Key: v.Key, ServerKey: v.ServerKey, Salt: [32]byte(v.Salt), ChunkSize: v.ChunkSize}
		if got := encrypt(t, key, h, v.Plain, 1<<20); !bytes.Equal(got, v.Encrypted) {
			t.Errorf("%s: encrypts otherwise", v.Name)
		}
		if got, err := decrypt(bytes.NewReader(v.Encrypted), key); err != nil || !bytes.Equal(got, v.Plain) {
			t.Errorf("%s: %v", v.Name, err)
		}
		if !bytes.Equal(key.derive(&h.Salt, "header"), v.HeaderKey) || !bytes.Equal(key.derive(&h.Salt, "chunks"), v.ChunkKey) {
			t.Errorf("%s: derives other keys", v.Name)
		}
	}
}

// TestOtherLanguage: a reader that was written after docs/formats.md, in another language, reads the vectors.
func TestOtherLanguage(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("SKIPPED, no Node.js: ", err)
	}
	in, err := os.Open(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	cmd := exec.CommandContext(t.Context(), node, "testdata/decrypt.mjs")
	cmd.Stdin = in
	if out, err := cmd.CombinedOutput(); err != nil || strings.TrimSpace(string(out)) != "4" {
		t.Errorf("%v: %s", err, out)
	}
}

func BenchmarkEncrypt(b *testing.B) { bench(b, 1<<10); bench(b, 100<<20) }

// bench encrypts and decrypts through a pipe.
func bench(b *testing.B, size int) {
	plain, key := make([]byte, size), testKey(1)
	b.Run(fmt.Sprintf("%dKiB", size>>10), func(b *testing.B) {
		b.SetBytes(int64(size))
		for range b.N {
			var out bytes.Buffer
			out.Grow(int(EncryptedSize(int64(size))))
			w, err := Encrypt(&out, key, NewHeader(wire.ClusterID{}, wire.KeyID{}, wire.Point{}))
			if err != nil {
				b.Fatal(err)
			}
			w.Write(plain)
			w.Close()
			h, err := ReadHeader(&out)
			if err != nil {
				b.Fatal(err)
			}
			r, err := Decrypt(&out, key, h)
			if err != nil {
				b.Fatal(err)
			}
			if n, err := io.Copy(io.Discard, r); err != nil || n != int64(size) {
				b.Fatal(n, err)
			}
		}
	})
}

// onceFailing fails once, at a byte, and goes on as if nothing had been: a full disk on which somebody makes room, a source
// that a cable was pulled from.
type onceFailing struct {
	io.ReadWriter
	at, done int
	failed   bool
}

func (f *onceFailing) due(n int) bool {
	now := !f.failed && f.done+n > f.at
	f.failed = f.failed || now
	return now
}

func (f *onceFailing) Write(b []byte) (int, error) {
	if f.due(len(b)) {
		return 0, errFull
	}
	f.done += len(b)
	return f.ReadWriter.Write(b)
}

func (f *onceFailing) Read(b []byte) (int, error) {
	if left := f.at - f.done; !f.failed && left > 0 {
		b = b[:min(left, len(b))]
	} else if f.due(1) {
		return 0, errFull
	}
	n, err := f.ReadWriter.Read(b)
	f.done += n
	return n, err
}

// TestFailsOnce: a failure in the middle is told in the end, also when what came after it went well: the document has a hole.
func TestFailsOnce(t *testing.T) {
	plain := noise(1, 3*minChunk+100)
	whole := encrypt(t, testKey(1), testHeader(), plain, len(plain))
	for at := 0; at < len(whole); at += 50 {
		out := &onceFailing{ReadWriter: new(bytes.Buffer), at: at}
		w, err := Encrypt(out, testKey(1), testHeader())
		if err == nil {
			w.Write(plain[:2*minChunk]) // its error is what Close has to repeat
			w.Write(plain[2*minChunk:])
			err = w.Close()
		}
		if err != errFull {
			t.Errorf("written, failing at byte %d: %v", at, err)
		}
	}
	for at := range len(whole) {
		_, err := decrypt(&onceFailing{ReadWriter: bytes.NewBuffer(whole), at: at}, testKey(1))
		if err != errFull {
			t.Fatalf("read, failing at byte %d: %v", at, err)
		}
	}
}

// TestCutHeader: what ends in its magic is none of ours, and what ends behind it is damaged.
func TestCutHeader(t *testing.T) {
	whole := encrypt(t, testKey(1), testHeader(), nil, 1)
	for n := range HeaderSize {
		want := ErrDamaged
		if n < len(Magic) {
			want = ErrForm
		}
		if _, err := ReadHeader(bytes.NewReader(whole[:n])); !errors.Is(err, want) {
			t.Errorf("%d bytes: %v, want %v", n, err, want)
		}
	}
	for _, n := range []int{0, KeySize - 1, KeySize + 1} {
		if _, err := NewKey(make([]byte, n)); err == nil {
			t.Errorf("a key of %d bytes", n)
		}
	}
}
