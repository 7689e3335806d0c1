// Package deadlock ends waits for row locks that go round over several groups,
// which no server sees (safety rule 8). MySQL itself ends those within one
// server.
//
// Victims is the pure core: from the waits of all groups it chooses, for each
// circle that spans groups, one statement to be stopped. Watcher is the shell:
// several times a second it asks each primary, cheaply, whether anybody waits,
// and only if sessions wait in two groups or more, who waits for whom. A circle
// counts once each of its waits is seen in a look and was seen in an earlier one,
// and no answer of its group in between was without it: then all of them existed
// when the look began, and none can end by itself.
//
// What is stopped is a statement, by KILL QUERY; its proxy then rolls the whole
// transaction back and answers 1213. Waits for metadata locks and for GET_LOCK
// are not looked at.
//
// Watcher.Run owns its goroutines; all have ended when it returns.
package deadlock
