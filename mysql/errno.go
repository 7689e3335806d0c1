package mysql

// Error numbers that Shardway sends or looks for. They are MySQL's own.
const (
	ErCantCreateDB            uint16 = 1006
	ErDBCreateExists          uint16 = 1007
	ErDBDropExists            uint16 = 1008
	ErDiskFull                uint16 = 1021
	ErErrorOnWrite            uint16 = 1026
	ErConCount                uint16 = 1040
	ErHandshake               uint16 = 1043
	ErDBAccessDenied          uint16 = 1044
	ErAccessDenied            uint16 = 1045
	ErNoDB                    uint16 = 1046
	ErUnknownCom              uint16 = 1047
	ErBadNull                 uint16 = 1048
	ErBadDB                   uint16 = 1049
	ErTableExists             uint16 = 1050
	ErBadTable                uint16 = 1051
	ErServerShutdown          uint16 = 1053
	ErBadField                uint16 = 1054
	ErDupFieldName            uint16 = 1060
	ErDupEntry                uint16 = 1062
	ErParse                   uint16 = 1064
	ErEmptyQuery              uint16 = 1065
	ErNoSuchThread            uint16 = 1094
	ErKillDenied              uint16 = 1095
	ErUnknown                 uint16 = 1105
	ErRecordFileFull          uint16 = 1114
	ErUnknownStmtHandler      uint16 = 1243
	ErWrongValueCount         uint16 = 1136
	ErTableAccessDenied       uint16 = 1142
	ErNoSuchTable             uint16 = 1146
	ErAbortingConnection      uint16 = 1152
	ErNetPacketTooLarge       uint16 = 1153
	ErNetReadError            uint16 = 1158
	ErNetReadInterrupted      uint16 = 1159
	ErNetErrorOnWrite         uint16 = 1160
	ErNetPacketsOutOfOrder    uint16 = 1156
	ErLockOrActiveTransaction uint16 = 1192
	ErUnknownSystemVariable   uint16 = 1193
	ErTooManyUserConnections  uint16 = 1203
	ErLockWaitTimeout         uint16 = 1205
	ErWrongArguments          uint16 = 1210
	ErLockDeadlock            uint16 = 1213
	ErNotSupportedYet         uint16 = 1235
	ErSpecificAccessDenied    uint16 = 1227
	ErWrongValueForVar        uint16 = 1231
	ErQueryInterrupted        uint16 = 1317
	ErOptionPreventsStatement uint16 = 1290
	ErTruncatedWrongValue     uint16 = 1292
	ErWrongValueForField      uint16 = 1366
	ErNoSuchUser              uint16 = 1449
	ErDataTooLong             uint16 = 1406
	ErSPDoesNotExist          uint16 = 1305
	ErMalformedPacket         uint16 = 1835
	ErQueryTimeout            uint16 = 3024
	ErUnsupportedPS           uint16 = 1295
	ErServerOfflineMode       uint16 = 3032
	ErAccountLocked           uint16 = 3118
	ErSecureTransportRequired uint16 = 3159
	ErClientLocalFilesOff     uint16 = 3948
	ErSchemaReadOnly          uint16 = 3989
	ErClientInactive          uint16 = 4031
	ErXAerNota                uint16 = 1397
	ErXAerRmfail              uint16 = 1399
	ErXAerOutside             uint16 = 1400
	ErXARollback              uint16 = 1402
	ErXARollbackTimeout       uint16 = 1613
	ErXARollbackDeadlock      uint16 = 1614
	ErErrorDuringCommit       uint16 = 1180
	ErXATemporaryTable        uint16 = 4091
	ErCapacityExceeded        uint16 = 3170
)

// SQLState returns the SQLSTATE of an error number, HY000 where MySQL has no
// other.
func SQLState(code uint16) string {
	switch code {
	case ErDBAccessDenied, ErBadDB, ErTableExists, ErBadTable, ErSpecificAccessDenied, ErTableAccessDenied,
		ErParse, ErEmptyQuery, ErNoSuchTable, ErNotSupportedYet, ErWrongValueForVar, ErSPDoesNotExist,
		1055, 1056, 1057, 1059, 1060, 1061, 1063, 1066, 1067, 1068, 1069, 1070, 1071, 1072, 1073,
		1074, 1075, 1083, 1084, 1090, 1091, 1103, 1104, 1110, 1112, 1113, 1115, 1118, 1120, 1121,
		1131, 1132, 1133, 1139, 1140, 1141, 1143, 1144, 1145, 1147, 1148, 1149, 1161, 1162, 1163,
		1164, 1166, 1167, 1170, 1171, 1172, 1173, 1177, 1178, 1203, 1211, 1226, 1230, 1232, 1234,
		1237, 1239, 1247, 1248, 1250, 1252, 1253, 1280, 1281, 1286, 1304, ErClientLocalFilesOff:
		return stateOfSyntaxClass(code)
	case ErBadNull, ErDupEntry, 1022, 1052, 1169, 1216, 1217, 1451, 1452, 1557, 1586, 1761, 1762:
		return "23000"
	case ErConCount:
		return "08004"
	case ErHandshake, ErServerShutdown, ErAbortingConnection, ErNetPacketTooLarge, ErNetPacketsOutOfOrder,
		ErUnknownCom, 1154, 1155, 1157, 1158, 1159, 1160, 1184:
		return "08S01"
	case ErAccessDenied, 1698:
		return "28000"
	case ErNoDB:
		return "3D000"
	case ErBadField:
		return "42S22"
	case ErWrongValueCount, 1058:
		return "21S01"
	case 1222, 1241, 1242:
		return "21000"
	case ErLockDeadlock:
		return "40001"
	case ErDataTooLong:
		return "22001"
	case ErTruncatedWrongValue:
		return "22007"
	case 1264, 1416, 1690:
		return "22003"
	case 1365:
		return "22012"
	case ErQueryInterrupted:
		return "70100"
	case ErXAerNota:
		return "XAE04"
	case ErXAerRmfail:
		return "XAE07"
	case ErXAerOutside:
		return "XAE09"
	case 1568:
		return "25001"
	case 1792:
		return "25006"
	}
	return "HY000"
}

// stateOfSyntaxClass tells the states of class 42 apart.
func stateOfSyntaxClass(code uint16) string {
	switch code {
	case ErTableExists:
		return "42S01"
	case ErBadTable, ErNoSuchTable:
		return "42S02"
	case ErDupFieldName:
		return "42S21"
	}
	return "42000"
}
