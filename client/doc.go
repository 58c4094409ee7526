// Package client publishes and reads documents whose keys a Secret Store keeps. It needs the address of a key server, or
// of several, and a signer; no account on a node, no chain of its own, and no trust in the node it talks to.
//
//	c, err := client.New(client.Config{Endpoints: []string{"https://node1.example:8082"}, Signer: signer})
//	published, err := c.Publish(ctx, file, document, client.PublishOptions{})
//	…
//	document, fetched, err := c.Open(ctx, file)
//
// Every answer with a document key is checked: the certificate of the key, the proof of each part, what each member has
// signed (session.OpenRelease). A node in between can refuse, and can be slow; it can't give a wrong key or learn one.
// Who the members are a client has to know from elsewhere: from the server key in the document's header, or from
// Config.Servers.
//
// The package keeps no state but the cluster's description. A Client is safe for use by several goroutines, if its
// Signer is.
package client
