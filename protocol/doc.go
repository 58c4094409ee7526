// Package protocol is the devp2p subprotocol ss between the members of a key
// server set: the hello, the read loop, who is connected, and dialling.
//
//	         p2p.Server
//	     one Run per connection
//	            │ ReadMsg            WriteMsg ▲
//	 bounds, decoding, muting                 │
//	            ▼                             │
//	      inbox (bounded)              outbox (bounded)
//	            │ deliver                     ▲
//	            ▼                             │
//	Backend: PeerUp, Handle…, PeerDown      Send
//
// The connection is shared with eth and every other protocol, which sets the rules:
//
//   - Run returns only when the peer is gone. Returning, with or without an error,
//     would disconnect the peer for all protocols. Whoever is no member, of another
//     cluster or misbehaving is ignored here and stays an eth peer.
//   - Run never waits for us. A full inbox drops messages and counts them.
//   - eth ends a connection as soon as it sees another chain. So that both sides know why,
//     it waits a moment for the hellos (HelloFirst), and what they say is remembered.
//
// Membership is asked of the Backend at every message, since key server sets change.
//
// It is not a session layer: what messages mean, who answers whom and what happens
// when a message is lost is the business of protocol/session and of service.
package protocol
