// Package dapp is what a dapp does with key servers, for programs that measure and torment them: requests to the HTTP API
// with a key of its own, and transactions to the permission contract. Whatever it returns it has checked: a document
// key is the one that the parts in the answer open to.
package dapp

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/crypto/ecies"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
)

// maxAnswer is far above what the HTTP API answers.
const maxAnswer = 1 << 20

// Server is the HTTP API of a key server.
type Server struct {
	URL  string
	HTTP *http.Client
}

// StatusError is an answer other than 200.
type StatusError struct {
	Status int
	Text   string // without the quotes it comes in; at a wallet's door the reason's word
	Detail string // what a wallet's door says beside it
}

// Brief is the part that does not differ from one time to the next.
func (e *StatusError) Brief() string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", e.Status, e.Text))
}

func (e *StatusError) Error() string {
	if e.Detail == "" {
		return e.Brief()
	}
	return e.Brief() + ": " + e.Detail
}

// Request sends a request and decodes the answer into result, unless that is nil. An answer other than 200 is a *StatusError.
func (s *Server) Request(ctx context.Context, method, path string, result any) error {
	return s.do(ctx, method, path, nil, result)
}

// do is Request with a body, which is JSON.
func (s *Server) do(ctx context.Context, method, path string, send []byte, result any) error {
	req, err := http.NewRequestWithContext(ctx, method, s.URL+path, bytes.NewReader(send))
	if err != nil {
		return err
	}
	if send != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := s.HTTP.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return failure(resp.StatusCode, body)
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(body, result)
}

// failure is what an answer other than 200 says.
func failure(status int, body []byte) *StatusError {
	var text string
	var refusal struct{ Reason, Message string }
	switch {
	case json.Unmarshal(body, &text) == nil:
	case json.Unmarshal(body, &refusal) == nil && refusal.Reason != "":
		return &StatusError{status, refusal.Reason, refusal.Message}
	default:
		text = string(body)
	}
	return &StatusError{Status: status, Text: strings.Trim(text, `"`)}
}

// Sign signs a key id as Parity's clients do.
func Sign(by *ecdsa.PrivateKey, id common.Hash) hexutil.Bytes {
	signature, err := crypto.Sign(id[:], by)
	if err != nil {
		panic("dapp: internal error: " + err.Error())
	}
	return signature
}

// Generate makes a server key and returns its public point.
func (s *Server) Generate(ctx context.Context, by *ecdsa.PrivateKey, id common.Hash, threshold int) (*secp256k1.Point, error) {
	return s.point(ctx, http.MethodPost, fmt.Sprintf("/shadow/%x/%x/%d", id, []byte(Sign(by, id)), threshold))
}

// ServerKey reads the public point of a server key, for its author.
func (s *Server) ServerKey(ctx context.Context, by *ecdsa.PrivateKey, id common.Hash) (*secp256k1.Point, error) {
	return s.point(ctx, http.MethodGet, fmt.Sprintf("/server/%x/%x", id, []byte(Sign(by, id))))
}

func (s *Server) point(ctx context.Context, method, path string) (*secp256k1.Point, error) {
	var answer hexutil.Bytes
	if err := s.Request(ctx, method, path, &answer); err != nil {
		return nil, err
	}
	return secp256k1.ParsePoint(answer)
}

// Store encrypts a document key to a server key and stores it.
func (s *Server) Store(ctx context.Context, by *ecdsa.PrivateKey, id common.Hash, serverKey, key *secp256k1.Point) error {
	pair, err := threshold.Encrypt(rand.Reader, key, serverKey)
	if err != nil {
		return err
	}
	c, e := pair.Common.Bytes(), pair.Encrypted.Bytes()
	return s.Request(ctx, http.MethodPost, fmt.Sprintf("/shadow/%x/%x/%x/%x", id, []byte(Sign(by, id)), c, e), nil)
}

// GenerateBoth makes a server key and a document key, and returns the latter.
func (s *Server) GenerateBoth(ctx context.Context, by *ecdsa.PrivateKey, id common.Hash, threshold int) (*secp256k1.Point, error) {
	return s.sealed(ctx, by, http.MethodPost, fmt.Sprintf("/%x/%x/%d", id, []byte(Sign(by, id)), threshold))
}

// Plain reads a document key, which the server sees.
func (s *Server) Plain(ctx context.Context, by *ecdsa.PrivateKey, id common.Hash) (*secp256k1.Point, error) {
	return s.sealed(ctx, by, http.MethodGet, fmt.Sprintf("/%x/%x", id, []byte(Sign(by, id))))
}

func (s *Server) sealed(ctx context.Context, by *ecdsa.PrivateKey, method, path string) (*secp256k1.Point, error) {
	var answer hexutil.Bytes
	if err := s.Request(ctx, method, path, &answer); err != nil {
		return nil, err
	}
	plain, err := ecies.ImportECDSA(by).Decrypt(answer, nil, []byte{0, 0})
	if err != nil {
		return nil, fmt.Errorf("opening the document key: %w", err)
	}
	return secp256k1.ParsePoint(plain)
}

// Shadow reads a document key in parts and puts it together.
func (s *Server) Shadow(ctx context.Context, by *ecdsa.PrivateKey, id common.Hash) (*secp256k1.Point, error) {
	parts := new(Shadow)
	if err := s.Request(ctx, http.MethodGet, ShadowPath(id, Sign(by, id)), parts); err != nil {
		return nil, err
	}
	return parts.Open(by)
}

// ShadowPath is what Shadow asks for.
func ShadowPath(id common.Hash, signature []byte) string {
	return fmt.Sprintf("/shadow/%x/%x", id, signature)
}

// Shadow is a document key in parts that its reader alone can put together.
type Shadow struct {
	DecryptedSecret hexutil.Bytes   `json:"decrypted_secret"`
	CommonPoint     hexutil.Bytes   `json:"common_point"`
	Parts           []hexutil.Bytes `json:"decrypt_shadows"`
}

// Open puts the document key together.
func (s *Shadow) Open(reader *ecdsa.PrivateKey) (*secp256k1.Point, error) {
	var coefficients []*secp256k1.Scalar
	for _, sealed := range s.Parts {
		plain, err := ecies.ImportECDSA(reader).Decrypt(sealed, nil, []byte{0, 0})
		if err != nil {
			return nil, fmt.Errorf("opening a part of the document key: %w", err)
		}
		coefficient, err := secp256k1.ParseScalar(plain)
		if err != nil {
			return nil, err
		}
		coefficients = append(coefficients, coefficient)
	}
	secret, err := secp256k1.ParsePoint(s.DecryptedSecret)
	if err != nil {
		return nil, err
	}
	common, err := secp256k1.ParsePoint(s.CommonPoint)
	if err != nil {
		return nil, err
	}
	return threshold.OpenShadow(secret, common, coefficients), nil
}
