// Package wire names the things that key servers talk about and says how they
// look as bytes: identifiers, points, requesters, reasons, certified records and
// the messages of the devp2p subprotocol "ss".
//
// It holds no protocol logic and no input or output. Whatever it decodes has been
// bounded (sizes, list lengths) but not believed: points are bytes until
// protocol/session parses them, and signatures are bytes until it verifies them.
//
// A frame of ss is a devp2p message. Its code names the kind (see codes.go),
// its payload is
//
//	RLP [ session: 32 bytes, body: the message struct ]
//
// and is at most MaxMessageSize bytes long.
package wire
