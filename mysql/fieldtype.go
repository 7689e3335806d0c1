package mysql

// FieldType is the type of a column or parameter on the wire.
type FieldType byte

// The field types.
const (
	TypeDecimal    FieldType = 0
	TypeTiny       FieldType = 1
	TypeShort      FieldType = 2
	TypeLong       FieldType = 3
	TypeFloat      FieldType = 4
	TypeDouble     FieldType = 5
	TypeNull       FieldType = 6
	TypeTimestamp  FieldType = 7
	TypeLongLong   FieldType = 8
	TypeInt24      FieldType = 9
	TypeDate       FieldType = 10
	TypeTime       FieldType = 11
	TypeDatetime   FieldType = 12
	TypeYear       FieldType = 13
	TypeNewDate    FieldType = 14
	TypeVarchar    FieldType = 15
	TypeBit        FieldType = 16
	TypeVector     FieldType = 242
	TypeJSON       FieldType = 245
	TypeNewDecimal FieldType = 246
	TypeEnum       FieldType = 247
	TypeSet        FieldType = 248
	TypeTinyBlob   FieldType = 249
	TypeMediumBlob FieldType = 250
	TypeLongBlob   FieldType = 251
	TypeBlob       FieldType = 252
	TypeVarString  FieldType = 253
	TypeString     FieldType = 254
	TypeGeometry   FieldType = 255
)

// The column flags (Column.Flags).
const (
	FlagNotNull       uint16 = 1 << 0
	FlagPrimaryKey    uint16 = 1 << 1
	FlagUniqueKey     uint16 = 1 << 2
	FlagMultipleKey   uint16 = 1 << 3
	FlagBlob          uint16 = 1 << 4
	FlagUnsigned      uint16 = 1 << 5
	FlagZerofill      uint16 = 1 << 6
	FlagBinary        uint16 = 1 << 7
	FlagEnum          uint16 = 1 << 8
	FlagAutoIncrement uint16 = 1 << 9
	FlagTimestamp     uint16 = 1 << 10
	FlagSet           uint16 = 1 << 11
	FlagNoDefault     uint16 = 1 << 12
	FlagOnUpdateNow   uint16 = 1 << 13
	FlagNum           uint16 = 1 << 15
)

// Collation ids that the proxy itself uses in its answers and its greeting.
const (
	CollationBinary           uint16 = 63
	CollationUTF8MB4GeneralCI uint16 = 45
	CollationUTF8MB40900AICI  uint16 = 255
	DefaultCollation          uint16 = CollationUTF8MB40900AICI
	DefaultAuthPlugin                = PluginCachingSHA2
	PluginNative                     = "mysql_native_password"
	PluginCachingSHA2                = "caching_sha2_password"
	maxFrame                         = 1<<24 - 1
	packetHeaderLen                  = 4
	headerOK                  byte   = 0x00
	headerLocalInfile         byte   = 0xfb
	headerEOF                 byte   = 0xfe
	headerERR                 byte   = 0xff
)
