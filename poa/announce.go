package poa

import (
	"crypto/ecdsa"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/cometbft/cometbft/p2p"
	"github.com/ethereum/go-ethereum/crypto"
)

// What a node says of itself in CometBFT's handshake lies in the moniker, a line of
// printable ASCII that CometBFT passes on unread, and that older versions of ours
// ignore:
//
//	geth-ss/1 SIGNATURE {"key":"…","port":30303,"rules":{"osakaTime":"0",…},"form":1}
//	└───┬───┘ └───┬───┘ └────────────────────────────┬──────────────────────────────┘
//	 version   130 hex, by the node key,       body; members that a later
//	           of tag, network, peer id, body  version adds are skipped
//
// The transport proves the peer id, and the signature that it is the node key's: so
// nobody can say anything in a validator's name. Older versions say "geth-ss".
const (
	plainMoniker    = "geth-ss"
	announceVersion = plainMoniker + "/1"
	announceTag     = "geth-ss/poa/announcement/v1"

	// announceForm grows with a rule that earlier versions know nothing of: of a
	// peer that does not tell it and has a lower form it can be said that its
	// version is older, and not that its file differs. See ruleForms.
	announceForm = 2

	// CometBFT takes 10,240 bytes for the whole introduction. A peer's own count
	// and sizes are bounded because they are shown to people, and kept.
	maxAnnouncement = 8 << 10
	maxRules        = 256
	maxRuleName     = 64
	maxRuleValue    = 320 // a cluster's name of 64 bytes, each escaped
)

// announcement is what a node says of itself.
type announcement struct {
	Key   string `json:"key"`  // node id: 64 bytes of public key in hex
	Port  int    `json:"port"` // TCP port of devp2p, 0 if it doesn't listen
	Rules Rules  `json:"rules"`
	Form  int    `json:"form,omitempty"` // which rules its version knows, see announceForm; 0 in the first
	origin

	pub *ecdsa.PublicKey // Key, once it was verified
}

// origin is what a network's name in consensus is made of, each by itself, so that two networks can tell what they have
// differently. Empty if the peer is of a version that tells none.
type origin struct {
	Genesis    string `json:"genesis,omitempty"`    // hash of geth's genesis block
	Validators string `json:"validators,omitempty"` // digest of the list: keys, powers and their order
	Count      int    `json:"validatorCount,omitempty"`
}

// maxOrigin bounds each text of an origin: a hash with 0x before it.
const maxOrigin = 66

// errSilent: the peer is of a version that announces nothing, or in a form that
// this version does not know.
var errSilent = errors.New("the peer announces no rules")

// announce makes the moniker of the node with the given key.
func announce(key *ecdsa.PrivateKey, network string, port int, rules Rules, from origin) (string, error) {
	body, err := json.Marshal(&announcement{Key: nodeID(&key.PublicKey), Port: port, Rules: rules, Form: announceForm, origin: from})
	if err != nil {
		return "", fmt.Errorf("encode the announcement: %w", err)
	}
	sig, err := crypto.Sign(announceHash(network, PeerID(key), body), key)
	if err != nil {
		return "", fmt.Errorf("sign the announcement: %w", err)
	}
	out := fmt.Sprintf("%s %x %s", announceVersion, sig, body)
	if len(out) > maxAnnouncement {
		return "", fmt.Errorf("the announcement of the network's rules takes %d bytes, more than %d: a name or a schedule is too long", len(out), maxAnnouncement)
	}
	return out, nil
}

func announceHash(network, peer string, body []byte) []byte {
	return crypto.Keccak256([]byte(announceTag+"\x00"+network+"\x00"+peer+"\x00"), body)
}

// nodeID is a public key as enode URLs and the validator list have it.
func nodeID(pub *ecdsa.PublicKey) string { return hex.EncodeToString(crypto.FromECDSAPub(pub)[1:]) }

// parseAnnouncement reads what the peer with an id, which the transport has
// proved, says of itself.
func parseAnnouncement(moniker, network string, peer p2p.ID) (*announcement, error) {
	version, rest, _ := strings.Cut(moniker, " ")
	if version != announceVersion {
		return nil, errSilent
	}
	sigHex, body, _ := strings.Cut(rest, " ")
	sig, err := hex.DecodeString(sigHex)
	switch {
	case len(moniker) > maxAnnouncement:
		return nil, fmt.Errorf("it takes %d bytes, more than %d", len(moniker), maxAnnouncement)
	case err != nil || len(sig) != crypto.SignatureLength:
		return nil, errors.New("its signature is not 65 bytes in hex")
	}
	pub, err := crypto.SigToPub(announceHash(network, string(peer), []byte(body)), sig)
	if err != nil {
		return nil, fmt.Errorf("its signature: %w", err)
	}
	a := &announcement{pub: pub}
	if err := json.Unmarshal([]byte(body), a); err != nil {
		return nil, err
	}
	if a.Key != nodeID(pub) {
		return nil, errors.New("it is not signed by the key it names")
	}
	return a, a.check()
}

// check bounds what a peer said. Names and values go to logs and into status.
func (a *announcement) check() error {
	if a.Port < 0 || a.Port > 65535 {
		return fmt.Errorf("its port is %d", a.Port)
	}
	for _, text := range []string{a.Genesis, a.Validators} {
		if len(text) > maxOrigin || strings.ContainsFunc(text, func(c rune) bool { return !ruleLetter(c) }) {
			return fmt.Errorf("its network is %.80q", text)
		}
	}
	if len(a.Rules) == 0 || len(a.Rules) > maxRules {
		return fmt.Errorf("it has %d rules, want 1 to %d", len(a.Rules), maxRules)
	}
	for name, value := range a.Rules {
		if len(name) == 0 || len(name) > maxRuleName || strings.ContainsFunc(name, func(c rune) bool { return !ruleLetter(c) }) {
			return fmt.Errorf("it has a rule named %.80q", name)
		}
		if len(value) > maxRuleValue || strings.ContainsFunc(value, func(c rune) bool { return c < ' ' || c > '~' }) {
			return fmt.Errorf("its rule %s is %.80q", name, value)
		}
	}
	return nil
}

func ruleLetter(c rune) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.'
}
