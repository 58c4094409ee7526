package poa

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	cmtjson "github.com/cometbft/cometbft/libs/json"
	"github.com/cometbft/cometbft/libs/protoio"
	"github.com/cometbft/cometbft/privval"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
)

// signedTypes are the steps of a height as the sign state has them, and what is signed at each. At 0 nothing was.
var signedTypes = map[int8]cmtproto.SignedMsgType{1: cmtproto.ProposalType, 2: cmtproto.PrevoteType, 3: cmtproto.PrecommitType}

// readSignState reads a sign state that is there. Whatever is not exactly one is an error: a height that were read as
// less than it is would let this node vote twice.
func readSignState(path string, st *privval.FilePVLastSignState) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("the sign state %s can't be read (%v); %s", path, err, signStateRemedy)
	}
	if err := parseSignState(raw, st); err != nil {
		return fmt.Errorf("the sign state %s is damaged (%w); %s", path, err, signStateRemedy)
	}
	return nil
}

func parseSignState(raw []byte, st *privval.FilePVLastSignState) error {
	if err := checkSignStateFields(raw); err != nil {
		return err
	}
	if err := cmtjson.Unmarshal(raw, st); err != nil {
		return err
	}
	switch {
	case st.Height < 0 || st.Round < 0 || st.Step < 0 || int(st.Step) > len(signedTypes):
		return fmt.Errorf("height %d, round %d, step %d", st.Height, st.Round, st.Step)
	case (st.SignBytes == nil) != (st.Signature == nil):
		return errors.New("one of signature and signbytes is missing")
	case st.SignBytes == nil:
		return nil
	}
	return checkSigned(st)
}

// checkSignStateFields wants the fields that the decoder would take for zero where their names are misspelt.
func checkSignStateFields(raw []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return err
	}
	for _, name := range []string{"height", "round", "step"} {
		if fields[name] == nil {
			return fmt.Errorf("%q is missing", name)
		}
		delete(fields, name)
	}
	delete(fields, "signature")
	delete(fields, "signbytes")
	for name := range fields {
		return fmt.Errorf("it has the unknown field %.20q", name)
	}
	return nil
}

// checkSigned holds the numbers against the message that was signed at them.
func checkSigned(st *privval.FilePVLastSignState) error {
	var (
		kind          cmtproto.SignedMsgType
		height, round int64
	)
	if st.Step == 1 {
		var p cmtproto.CanonicalProposal
		if err := protoio.UnmarshalDelimited(st.SignBytes, &p); err != nil {
			return fmt.Errorf("signbytes: %w", err)
		}
		kind, height, round = p.Type, p.Height, p.Round
	} else {
		var v cmtproto.CanonicalVote
		if err := protoio.UnmarshalDelimited(st.SignBytes, &v); err != nil {
			return fmt.Errorf("signbytes: %w", err)
		}
		kind, height, round = v.Type, v.Height, v.Round
	}
	if kind != signedTypes[st.Step] || height != st.Height || round != int64(st.Round) {
		return errors.New("height, round and step are not those of the signed message in it")
	}
	return nil
}
