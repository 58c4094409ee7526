// Package document has the forms of encrypted documents: ours, and the one of Parity's and Ocean's clients. docs/formats.md
// specifies both for other languages. What a document is encrypted with is the document key, which the cluster hands out;
// this package neither fetches nor keeps it.
//
//	magic │ version │ cluster │ key id │ server key │ salt │ chunk size │ MAC │ chunk … │ last chunk
//	    8 │       1 │      32 │     32 │         64 │   32 │          4 │  32 │  size+16 │ 16 to size+16
//
// The header is authenticated by the MAC under the document key. Chunks are AES-256-GCM with a counter and a last-chunk
// flag as nonce, the STREAM construction: a reader gives out no byte that was not authenticated, in its place, and notices
// that the end is missing. Both directions hold one chunk, whatever the document's size.
package document
