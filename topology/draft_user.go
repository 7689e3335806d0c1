package topology

import "maps"

// AddUser adds somebody who logs in through a proxy.
func (d *Draft) AddUser(user User) error {
	if err := checkUser(user.Name, &user); err != nil {
		return err
	}
	if d.Users[user.Name] != nil {
		return exists("user", user.Name, "'shardway user passwd' changes a password, 'shardway user grant' a role")
	}
	user.Grants = maps.Clone(user.Grants)
	d.Users[user.Name] = &user
	return nil
}

// SetVerifiers changes what verifies a user's password.
func (d *Draft) SetVerifiers(name string, native, sha2 []byte) error {
	user := d.Users[name]
	if user == nil {
		return notFound("user", name, "user")
	}
	user.NativeVerifier, user.SHA2Verifier = native, sha2
	return nil
}

// SetLocked locks a user out or lets it in again.
func (d *Draft) SetLocked(name string, locked bool) error {
	user := d.Users[name]
	if user == nil {
		return notFound("user", name, "user")
	}
	user.Locked = locked
	return nil
}

// SetGrant sets what a user may do in a keyspace (or AllKeyspaces); GrantNone
// takes it all away.
func (d *Draft) SetGrant(name, keyspace string, grant Grant) error {
	user := d.Users[name]
	if user == nil {
		return notFound("user", name, "user")
	}
	if keyspace != AllKeyspaces {
		if err := CheckKeyspaceName(keyspace); err != nil {
			return err
		}
	}
	if grant == GrantNone {
		delete(user.Grants, keyspace)
		return nil
	}
	if _, err := ParseGrant(string(grant)); err != nil {
		return err
	}
	if user.Grants == nil {
		user.Grants = make(map[string]Grant)
	}
	user.Grants[keyspace] = grant
	return nil
}

// RenameUser gives a user another name.
func (d *Draft) RenameUser(from, to string) error {
	user := d.Users[from]
	if user == nil {
		return notFound("user", from, "user")
	}
	if d.Users[to] != nil {
		return exists("user", to, "choose another name")
	}
	if err := CheckUserName(to); err != nil {
		return err
	}
	delete(d.Users, from)
	user.Name = to
	d.Users[to] = user
	return nil
}

// RemoveUser forgets a user.
func (d *Draft) RemoveUser(name string) error {
	if d.Users[name] == nil {
		return notFound("user", name, "user")
	}
	delete(d.Users, name)
	return nil
}
