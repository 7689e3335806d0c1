package exec

import "github.com/shardway/shardway/router/plan"

// sampleEvery is how many statements one that is counted stands for.
const sampleEvery = 8

// sampled reports whether this statement is one of those that are counted.
func (s *Session) sampled() bool {
	s.placed++
	return s.placed%sampleEvery == 0
}

// warm counts the statement for the one shard key that it is confined to, if it is.
func (s *Session) warm(t *plan.Target, st *Statement) {
	if !s.sampled() {
		return
	}
	if keyspace, token, text, ok := t.OneKey(st.Args); ok {
		s.env.Heat.Count(keyspace, token, text, sampleEvery, now())
	}
}
