package mysql

// Capability is the set of protocol features that one end offers or that both
// have agreed on.
type Capability uint32

// The capability flags.
const (
	CapLongPassword         Capability = 1 << 0
	CapFoundRows            Capability = 1 << 1
	CapLongFlag             Capability = 1 << 2
	CapConnectWithDB        Capability = 1 << 3
	CapNoSchema             Capability = 1 << 4
	CapCompress             Capability = 1 << 5
	CapLocalFiles           Capability = 1 << 7
	CapIgnoreSpace          Capability = 1 << 8
	CapProtocol41           Capability = 1 << 9
	CapInteractive          Capability = 1 << 10
	CapSSL                  Capability = 1 << 11
	CapIgnoreSigpipe        Capability = 1 << 12
	CapTransactions         Capability = 1 << 13
	CapSecureConnection     Capability = 1 << 15
	CapMultiStatements      Capability = 1 << 16
	CapMultiResults         Capability = 1 << 17
	CapPSMultiResults       Capability = 1 << 18
	CapPluginAuth           Capability = 1 << 19
	CapConnectAttrs         Capability = 1 << 20
	CapPluginAuthLenencData Capability = 1 << 21
	CapSessionTrack         Capability = 1 << 23
	CapDeprecateEOF         Capability = 1 << 24
	CapOptionalMetadata     Capability = 1 << 25
	CapQueryAttributes      Capability = 1 << 27
)

// ServerCapabilities is what a proxy offers to clients by default. CapSSL comes
// on top where there is a certificate. Session tracking is not offered: what
// backends report is meant for the proxy.
const ServerCapabilities = CapLongPassword | CapFoundRows | CapLongFlag | CapConnectWithDB |
	CapNoSchema | CapLocalFiles | CapIgnoreSpace | CapProtocol41 | CapInteractive |
	CapIgnoreSigpipe | CapTransactions | CapSecureConnection | CapMultiResults |
	CapPSMultiResults | CapPluginAuth | CapConnectAttrs | CapPluginAuthLenencData | CapDeprecateEOF

// Has reports whether every flag of want is set in c.
func (c Capability) Has(want Capability) bool { return c&want == want }
