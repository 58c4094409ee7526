package rpcapi

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/geth-ss/geth-ss/test/npm"
)

// TestDocumentsValid: the validators of both specifications accept the documents, and the
// examples follow the schemas; documents that are wrong are not accepted.
func TestDocumentsValid(t *testing.T) {
	npm.Require(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	wrong, examples, err := npm.Documents(ctx, openRPC(), openAPI())
	if err != nil || len(wrong) > 0 || examples != 4*len(walletOperations)+2*len(orderOperations) {
		t.Errorf("%v, %d examples, %v", wrong, examples, err)
	}
	badRPC := []byte(strings.Replace(string(openRPC()), `"params"`, `"parameters"`, 1))
	badAPI := []byte(strings.Replace(string(openAPI()), `"responses"`, `"answers"`, 1))
	if wrong, _, err := npm.Documents(ctx, badRPC, badAPI); err != nil || len(wrong) != 2 {
		t.Errorf("wrong documents: %q, %v", wrong, err)
	}
	badExample := []byte(strings.Replace(string(openAPI()), `"threshold":2`, `"threshold":-2`, 1))
	if !strings.Contains(string(openAPI()), `"threshold":2`) {
		t.Fatal("no example has a threshold of 2")
	}
	if wrong, _, err := npm.Documents(ctx, openRPC(), badExample); err != nil || len(wrong) != 1 {
		t.Errorf("a wrong example: %q, %v", wrong, err)
	}
}
