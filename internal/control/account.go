package control

// Nascent is the name that an account has until all its privileges are granted:
// then it is renamed. A session has the global privileges that its account had when
// it logged in, so one that came between CREATE USER and GRANT, on the primary or
// on a replica that is still there, would be denied everything for as long as it
// lasts. Nor is a name that exists ever one that lacks something.
func Nascent(user string) string { return user + "_new" }
