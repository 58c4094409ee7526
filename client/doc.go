// Package client publishes and reads documents whose keys a Secret Store keeps. It needs the address of a key server, or
// of several, and a signer; no account on a node, no chain of its own, and no trust in the node it talks to.
//
//	c, err := client.New(client.Config{Endpoints: []string{"https://node1.example:8082"}, Signer: signer})
//	published, err := c.Publish(ctx, file, document, client.PublishOptions{Claim: book.Claim}) // permission.Open gives a book
//	…
//	document, fetched, err := c.Open(ctx, file)
//
// Every answer with a document key is checked: the certificate of the key, the proof of each part, what each member has
// signed (verify.OpenRelease). A node in between can refuse, and can be slow; it can't give a wrong key or learn one.
// Who the members are a client has to know from elsewhere, and so the chain, the cluster and the time that a wallet signs for:
// from the document's header, from Config, or from what the endpoints said when they were first used (Config.Known). What
// nothing tells is believed, and Config.Trusting is told so: see Facts.
//
// The package keeps no state but the cluster's description, and what Config.Known has. A Client is safe for use by several goroutines, if its
// Signer is.
package client
