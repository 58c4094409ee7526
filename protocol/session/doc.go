/*
Package session is what all protocols of the key servers stand on: what a machine is, what goes in and comes out, what a
node knows of a key, and the rules that hold in every kind of session.

A session is one run of one protocol among nodes. A machine is one node's side of it: a value that is stepped. An input goes
in, the effects that are to be carried out come back. There is no goroutine, clock, lock, log or context inside; time is a
tick. So a schedule of a whole cluster is a list of events, and a test can repeat it from a seed.

It is not a network: who is connected, where records are kept and how a permission is read is the business of the driver,
package service. It is not a protocol either: each family has a package of its own beside this one, and imports it.

# The driver's loop

The driver of a machine carries out the effects of each step in the order of their fields, before it steps the machine
again:

	func drive(m session.Machine, first session.Input) error {
		for in := first; ; in = next() {
			eff := m.Step(in)
			err := save(eff.Save) // one atomic batch, durable when save returns
			eff.Erase()           // shares in it are overwritten, whether it was saved or not
			if err != nil {       // nothing else of this step may be seen
				eff = m.Step(session.Cancel{Err: err})
				eff.Erase()
				eff.Save = nil
			}
			for _, env := range eff.Send {
				route(env.Session, m) // answers under this id lead here; only if this node opened the session
				send(env)             // if it can't be sent: PeerLost{env.To} is a later input
			}
			if eff.Ask != nil && !eff.Done {
				ask(*eff.Ask) // without waiting: the Verdict is a later input
			}
			report(eff.Faults, eff.Differ)
			if eff.Done {
				return eff.Err // nil, or a *wire.Error
			}
		}
	}

service/runner.go is the driver of a node, sessiontest/run.go that of the tests. The first input is Start for a machine that
this node began, and the opening message, as Received, for one that package join made. The result of a machine is a method
of its own, such as Result, Record or Signature; it is there after an end without error.

# Duties of the driver

  - Order. What is saved is durable before anything is sent. A node that sends first and then crashes has promised what it
    does not remember.
  - One at a time. A machine is stepped by one goroutine at a time. Its effects are carried out before its next step.
  - A failed save. If a record can't be written, or a Create finds another session's record, the machine gets a Cancel, and
    what it wanted to send is dropped. A promise is a Create, so two sessions for one key id can't both promise.
  - Ticks. Each machine gets a Tick TicksPerSecond times a second. All deadlines are counted in them.
  - Routes. A coordinator opens a session of its own for each attempt or round, so its ID changes. Every session id under
    which a machine has sent leads to it until its end. A member's machine has the one route that join.RouteOf has found.
  - Who and in what order. The transport vouches for Received.From, and keeps the order of the messages from one node to
    another. Messages of different nodes may come in any order. A message that comes before its opening is kept for a moment
    if join.CanBeEarly says so, else dropped.
  - Lost peers. Each machine that a node has to do with is told by PeerLost when the node disconnects.
  - Room. Before a peer's generation is joined, join.MakeRoom says which machines get a Yield.
  - Env is filled anew for each machine. States are shared among machines: a machine copies what it changes.
  - The end. After Done, or a Cancel, nothing more comes of a machine. Further inputs do no harm.
  - Secrets. Effects.Save holds shares until Erase. No verb of fmt prints them, nor a machine: String tells role and phase.

# Which machine does what

A coordinator is the node that opens a session, a member the node that takes part. Where a file x.go has the coordinator X,
x_member.go has XMember; in generation, whose main pair is named by the package, they are Coordinator and Member.

	package     machine           opens with          and then                             who takes part
	generation  Coordinator       Init                Commit Reveal Complaint Evidence     all servers that are connected
	            Member                                Certify Ack Adopt Conflict
	            Coordinator       Redistribute        as above, Waiver PairSettled         dealers, new members; holders waive
	            Member
	            Resolution        Poll                Vote                                 the same, members of the key or not
	            ResolutionMember
	documents   Storing           Store               StorePromise StoreExists             holders of the key
	            StoringMember     StoreCertificate    StoreAck, Need Supply
	            Lookup            LookUp              Known                                all servers that are connected
	            LookupMember
	gathering   Retrieval         Retrieve            Partial NewerHead, Need Supply       t+1 holders
	            RetrievalMember
	            Batch             RetrieveMany        Partials                             t+1 holders
	            BatchMember
	            Signing           Sign                Willing NewerHead, Need Supply       t+1 holders, for ECDSA 2t+1
	            SigningMember                         Committed Commitments SchnorrShare
	                                                  Opened Openings ECDSAShare
	items       Dealing           Deal                Commit Evidence Reveal Complaint     2t+1 holders
	            DealingMember                         Certify
	asking      Explaining        Explain             Explained                            all servers that are connected
	            ExplainingMember
	            Holdings          Holdings            Held                                 all servers that are connected
	            HoldingsMember
	handover    Deciding          Propose                 Ready Attempted SetBound         members of both server sets
	            DecidingMember                            Certified SetAck Established
	                                                      SetConflict
	            Settling          SetPoll                 SetVote                          members of the parent set
	            SettlingMember
	            Following         Follow                  SetLinks                         all nodes that are connected
	            FollowingMember
	handover    Gathering         ListKeys            Listing                              members of the set before
	            GatheringMember
	            Holding           AskHolds            Holds                                members of some keys
	            HoldingMember
	generation  Rehearsing        Rehearse            Commit, Evidence, Reveal, Certify     who would be members,
	            RehearsingMember                                                           and holders
	handover    Planning          ListShares          ShareList                            members of any set
	            PlanningMember
	            Receipts          AskErased           Erasures                             all servers that are connected
	            ReceiptsMember
	join        Admission                                                                  before the members of generations
	                                                                                       and storings

Refuse ends a session of any kind. Superseded ends one about a version of a key that is not current any more: its coordinator
goes on under the one that it shows. A Resolution and a Coordinator poll about an attempt that was cut off by the same
means (polling.go in generation).

protocol/sessiontest/testdata has a script with its transcript for each family, message by message: generation.txt,
complaint.txt, ballots.txt, storing.txt, lookup.txt, retrieval.txt, batch.txt, heads.txt, schnorr.txt, ecdsa.txt,
explaining.txt, holdings.txt, handover.txt; and publish.txt, catchup.txt, trouble.txt, wallets.txt for whole days of a cluster. They are
the shortest way to see a protocol at work. docs/protocol.md specifies every message.

# Words

  - Threshold t: any t+1 holders can use a key, t can't.
  - Quorum: the t+1 who act, each with its share.
  - Majority: the ⌈(n+t+1)/2⌉ of n who decide. Two majorities share an honest server. Certificates of documents, confirmed
    keys and ballots take one.
  - Holder: a member of a key that has its share.
  - Attempt: one go at a key, a read or a signature, by one set of nodes under one session id.
  - Promise: what a node has signed and may never contradict. It is on the disk before it is sent.
  - Gap: promises that a node may have forgotten, because its store was restored or lost (gap.go).
  - Fault: what no honest node does. Difference: another view of the cluster, which is nobody's fault.

docs/glossary.md has the others.

# A new kind of session

Its machines go into the room of their family, or into a new package beside this one, which imports session and which join
imports. docs/architecture.md lists what else a kind has: a row in wire/kind.go, messages with their codes, a row in
join/openings.go for each opening, a lifetime in sessiontest/watch.go, a script. Here nothing has to be told of it. What
belongs here is what two families need, such as State, the certificates of keys, and Member, which a machine embeds that
takes part in another node's session.
*/
package session
