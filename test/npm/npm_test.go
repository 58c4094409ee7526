package npm

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// What a client throws is an answer; a script that breaks is not. Nothing listens on port 1.
func TestRunTellsClientsFromDefects(t *testing.T) {
	Require(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	nowhere := Account{RPC: "http://127.0.0.1:1", SecretStore: "http://127.0.0.1:1", Address: "0x01"}
	for _, client := range []Client{Ocean, Nevermined, EnergyWeb} {
		t.Run(string(client), func(t *testing.T) {
			request := Request{Op: "consume", Account: nowhere, DocumentID: strings.Repeat("11", 32), Encrypted: "0x00"}
			_, err := Run(ctx, client, request)
			var thrown *ClientError
			if !errors.As(err, &thrown) || !strings.Contains(thrown.Message, "ECONNREFUSED") {
				t.Errorf("without a server: %v, want the client's own words", err)
			}
			_, err = Run(ctx, client, Request{Op: "no such op"})
			if err == nil || errors.As(err, &thrown) {
				t.Errorf("an unknown op: %v, want a defect", err)
			}
		})
	}
}
