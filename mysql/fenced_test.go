package mysql

import "testing"

// Safety rule 33: what a fence refuses was not executed; other refusals with the
// same number are the client's own.
func TestSafetyRule33WhatAFenceRefuses(t *testing.T) {
	for _, c := range []struct {
		err  *Error
		want bool
	}{
		{NewError(ErOptionPreventsStatement, "The MySQL server is running with the --super-read-only option so it cannot execute this statement"), true},
		{NewError(ErOptionPreventsStatement, "The MySQL server is running with the --read-only option so it cannot execute this statement"), true},
		{NewError(ErOptionPreventsStatement, "The MySQL server is running with the --secure-file-priv option so it cannot execute this statement"), false},
		{NewError(ErServerOfflineMode, "The server is currently in offline mode"), true},
		{NewError(ErServerShutdown, "Server shutdown in progress"), false},
		{NewError(ErDupEntry, "read-only"), false},
	} {
		if got := c.err.Fenced(); got != c.want {
			t.Errorf("%d %s: %v, want %v", c.err.Code, c.err.Message, got, c.want)
		}
	}
}
