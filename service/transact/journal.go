package transact

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/geth-ss/geth-ss/internal/whole"
)

// File is a journal in a file.
type File string

// Load implements Journal.
func (f File) Load() ([]byte, error) {
	text, err := os.ReadFile(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return text, err
}

// Save implements Journal.
func (f File) Save(text []byte) error { return whole.Replace(string(f), text) }

// entry is a purpose, as the journal has it.
type entry struct {
	Purpose string          `json:"purpose"`
	To      common.Address  `json:"to"`
	Input   hexutil.Bytes   `json:"input,omitempty"`
	Stage   Stage           `json:"stage"`
	Nonce   *uint64         `json:"nonce,omitempty"`
	Signed  []hexutil.Bytes `json:"signed,omitempty"` // all with this nonce, the newest last
	Since   time.Time       `json:"since"`
	Hash    common.Hash     `json:"hash"`
	Block   uint64          `json:"block,omitempty"`

	call    *Call // nil after a restart
	signed  []*types.Transaction
	raised  time.Time // when the newest was signed
	trouble string
	said    time.Time // when the log was last told of it
}

// journaled is the whole journal. Chain and account tell whose it is: a nonce means nothing elsewhere.
type journaled struct {
	Chain   uint64         `json:"chain"`
	Account common.Address `json:"account"`
	Entries []*entry       `json:"entries"`
}

func (s *Sender) load() error {
	text, err := s.journal.Load()
	if err != nil || len(text) == 0 {
		return err
	}
	var j journaled
	if err := json.Unmarshal(text, &j); err != nil {
		return err
	}
	if j.Chain != s.chainID || j.Account != s.account {
		return fmt.Errorf("it is that of account %v on chain %d, and this node has account %v on chain %d", j.Account, j.Chain, s.account, s.chainID)
	}
	for _, e := range j.Entries {
		if e.Stage == Waiting {
			continue // nothing was signed for it: whoever still wants it asks again
		}
		if err := s.restore(e); err != nil {
			return fmt.Errorf("%s: %w", e.Purpose, err)
		}
		s.entries = append(s.entries, e)
	}
	return nil
}

func (s *Sender) restore(e *entry) error {
	for _, raw := range e.Signed {
		tx := new(types.Transaction)
		if err := tx.UnmarshalBinary(raw); err != nil {
			return err
		}
		if e.Nonce == nil || tx.Nonce() != *e.Nonce {
			return errors.New("what was signed has another nonce")
		}
		e.signed = append(e.signed, tx)
	}
	if e.Stage == Sent && len(e.signed) == 0 {
		return errors.New("it was sent, and there is no transaction")
	}
	e.raised = s.now()
	return nil
}

// save makes what is known durable. Until it returns without an error nothing that depends on it is done.
func (s *Sender) save() error {
	text, err := json.Marshal(&journaled{s.chainID, s.account, s.entries})
	if err == nil {
		err = s.journal.Save(text)
	}
	if err != nil {
		return fmt.Errorf("writing down the transactions of this node: %w", err)
	}
	return nil
}
