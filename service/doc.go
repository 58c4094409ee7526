/*
Package service is a key server inside a node. It joins the share store, the permission oracle, the devp2p subprotocol and
the machines of the protocols into one node.Lifecycle, and it answers clients and operators as methods of Service.

It is not a protocol: the rooms below protocol decide which message follows which, and what a node may sign. It is not a
door: rpcapi decides how requests look as bytes. It does not decide who may use a key: service/acl asks the
chain. It does not know what a share is: service/store keeps bytes.

# Parts

Service has a part for each task. A part has its own fields and locks, so the receiver of a method tells what the method
can touch. Parts point down: a side knows the driver, and the driver knows no side.

	Service                      start and stop
	├── backend    peers' side: takes the messages of other key servers, opens sessions for them
	├── keyServer  clients' side: generate, store, retrieve, sign, watch
	│   └── stock  deals items for ECDSA signatures ahead
	├── operator   operators' side: status, judgment, share check, explanations, gauges, orders for a server set
	│   └── named  what a contract says of who the key servers are
	├── succession brings the key servers from one set to the next: has orders decided, moves keys, erases what was held before
	└── driver     runs sessions; all sides stand on it
	    ├── fixed     settings, identity, chain, oracle, network; set by New, never changed
	    ├── servers   the server sets, one after the other, and where nodes are reached
	    ├── life      the context, and every goroutine
	    ├── conduct   what peers were seen to do: scores, faults, evidence, differences
	    ├── states    the share store, and what was decoded of it; whether it has a gap
	    ├── vault     what is kept in memory alone: nonces and items
	    ├── sessions  which runner has which session id; messages that came too early
	    ├── limits    rates, turns and credit of clients, requesters and peers
	    ├── queries   the same for what operators and peers ask without a proof
	    ├── quorums   a cache of what sets of nodes need for their partials
	    └── watchers  authors who are told of accesses

They are types of one package, and no packages, because each side needs most of the driver, and nothing outside needs any
of it. Service embeds the two sides that have methods for others, so these stay methods of Service.

# The loop

A session is one run of a protocol, and a machine is one node's side of it: a value that takes an input and returns what
is to be done. A runner drives one machine: only runner.step steps it, and only the runner logs its change of state.
Reduced to its order, the loop is:

	for in := first; ; in = next() { // a message, a verdict, a lost peer, a tick, or the end of the context
		wait for a turn of the processor   // by who opened the session, so that one peer can't take all
		eff := machine.Step(in)
		give the turn back                 // nobody waits for a disk or a chain with a turn in hand
		save(eff.Save)                     // durable before anything is sent
		eff.Erase()                        // what must not be used twice
		send(eff.Send)
		ask(eff.Ask)                       // beside the loop; the verdict comes back as an input
		blame(eff.Faults)
		if eff.Done { return eff.Err }
	}

If saving fails, nothing of the step is sent, and the machine is told to end (session.Cancel). A record that is a promise
is written with wire.Create, which fails if there is another one: two sessions for one key id can't both promise.

A session of our own clients begins in driver.run: a side makes a machine and waits for its end. A session of a peer
begins in backend.Handle: the opening message is checked and counted, and join makes the machine for it on a goroutine of
the session. Messages that come before their opening are kept for a moment by sessions. Every bound on what a peer can
make this node hold is a constant with a comment that tells the attack.

# What is known of a key

There are three depths. states.load reads the disk once and keeps the decoded state; states.read always reads the disk.
driver.recall is states.load for sessions, and notices a key whose share is lost. driver.known asks the other key servers
too, if this node does not know the key, and has them decide about an attempt to make it that was cut off.

# Start and stop

New checks the settings, makes all parts, and registers the subprotocol and the lifecycle with the node. It opens nothing.
Start opens the share store and makes sure that it is this node's, watches the chain, joins the network, and then lets
goroutines begin: the share check, the judgment in the log and, with metrics, the gauges. If a step fails, Start
undoes the steps before it. Doors may call before Start is through: they are told that the key server is not running.
Peers may connect before: they are greeted when the share store is open.

Stop lets nothing new begin, ends the context, leaves the network, waits for every goroutine, forgets what is in the
vault, lets go of the chain and closes the store. When it returns, nothing of the key server runs. A Service that was
stopped can't be started again.

# Duties of the caller

  - Register the doors after New, so that the node stops them first.
  - Pass only requesters whose proofs rpcapi has opened for that very key. The methods trust the address. RetrieveMany and
    WatchAccess take a proof and open it themselves.
  - Put the client into the context (limits.WithClient): places are given by turns of clients.
  - Read the channel of WatchAccess. It is closed for a reader that is too slow.
  - Keep the answers of operators' methods from strangers: PublicStatus is what everybody may see.

# Locks

Each lock is named beside the fields that it guards. A goroutine that holds one takes only locks further right:

	backend.rivals → runner.mu → sessions.mu → senders.mu
	                      runner.mu → states.locks, vault.mu, life.mu, and the locks of conduct, limits and watchers
	                      stock.mu  → vault.mu, life.mu

Several runner.mu are held at once only under backend.rivals, by makeRoom. runner.mu is held while its machine's
records are written, which may take as long as the disk does; sessions.mu, which everybody needs, is never held so.
vault.mu is held while a Deal is put into the network's queue, which does not block. contractProbe.mu is held while the
oracle looks for the contract, for a second at most. The other locks are held for moments, and no lock of this package is
taken under them.

# Where to add what

	a request of clients        a method of keyServer; in rpcapi.KeyServer and rpcapi's methods
	a query of operators        a method of operator; likewise
	a kind of session           a room below protocol, and protocol/join; here only the method that begins it
	something to keep of peers  conduct
	a limit                     service/limits if an operator sets it; limits.go, or beside its subject, if it is fixed
	a metric                    metrics.go, and docs/metrics.md
	a judgment                  judge.go
	a setting                   Config; validate it there
	a background task           a method of the part that owns its state, spawned by Start
*/
package service
