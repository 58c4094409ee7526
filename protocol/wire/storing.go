package wire

// Storing a document key (docs/protocol.md section 10):
//
//	coordinator            holders
//	  Store       ────►    check author and points, promise durably
//	            ◄────      StorePromise, or StoreExists, or Refuse; Need first if the key is news
//	  (q promises are the certificate; saved)
//	  StoreCertificate ──► verify, save
//	            ◄────      StoreAck
//	  (t+1 acknowledgements: done)
const (
	CodeStore            Code = 0x20
	CodeStorePromise     Code = 0x21
	CodeStoreExists      Code = 0x22
	CodeStoreCertificate Code = 0x23
	CodeStoreAck         Code = 0x24
)

func init() {
	opens(TrafficStore, KindStore,
		func() Opening { return new(Store) },
		func() Opening { return new(StoreCertificate) },
	)
	register(TrafficStore, of(KindStore),
		func() Message { return new(StorePromise) },
		func() Message { return new(StoreExists) },
		func() Message { return new(StoreAck) },
	)
}

// Store asks a holder to promise a pair of points. It opens a session.
type Store struct {
	Key       KeyID
	Version   SessionID
	Common    Point
	Encrypted Point
	Proof     Proof // of the author
	Nonce     [32]byte
}

func (*Store) Code() Code       { return CodeStore }
func (m *Store) Subject() KeyID { return m.Key }
func (m *Store) Bound() error   { return m.Proof.Bound() }

// Session is the id of the run that this coordinator opens with m.
func (m *Store) Session(cluster ClusterID, coordinator NodeID) SessionID {
	return SessionID(Digest("storing/1", cluster[:], coordinator[:], m.Key[:], m.Version[:],
		m.Common[:], m.Encrypted[:], []byte{byte(m.Proof.Kind)}, m.Proof.Data, m.Nonce[:]))
}

// Opens is Session.
func (m *Store) Opens(cluster ClusterID, from NodeID) (SessionID, error) {
	return m.Session(cluster, from), nil
}

// Record is the pair, without signatures.
func (m *Store) Record() *DocumentRecord {
	return &DocumentRecord{Key: m.Key, Version: m.Version, Common: m.Common, Encrypted: m.Encrypted}
}

// StorePromise is a holder's signature on StoreDigest. It has the pair on disk.
type StorePromise struct{ Signature Signature }

func (*StorePromise) Code() Code { return CodeStorePromise }

// StoreExists says that a document key is certified for this id already, and proves it.
type StoreExists struct{ Document DocumentRecord }

func (*StoreExists) Code() Code     { return CodeStoreExists }
func (m *StoreExists) Bound() error { return m.Document.Bound() }

// StoreCertificate passes the certified pair on. It opens a session at a node that has
// none: it convinces by itself.
type StoreCertificate struct{ Document DocumentRecord }

func (*StoreCertificate) Code() Code       { return CodeStoreCertificate }
func (m *StoreCertificate) Subject() KeyID { return m.Document.Key }
func (m *StoreCertificate) Bound() error   { return m.Document.Bound() }

// Opens is no id: the session is that of the Store, of which the certificate has neither proof nor nonce.
func (m *StoreCertificate) Opens(ClusterID, NodeID) (SessionID, error) {
	return SessionID{}, ErrUnbound
}

// StoreAck says that the sender has the certified pair on disk.
type StoreAck struct{}

func (*StoreAck) Code() Code { return CodeStoreAck }
