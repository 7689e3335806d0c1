package playground

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/topology"
)

// saltSize is the length of the salt in a caching_sha2_password verifier.
const saltSize = 20

// seed writes the topology of a new playground: instances, groups and the user
// for clients. One that went on with its data has it all.
func (p *playground) seed(ctx context.Context) error {
	_, err := p.store.Update(ctx, func(d *topology.Draft) error {
		for _, i := range p.layout.Instances {
			if d.Instances[i.ID] != nil {
				continue
			}
			admin := topology.Account{User: adminUser, Password: topology.NewSecret(p.layout.AdminPassword)}
			if err := d.AddInstance(topology.Instance{ID: i.ID, Host: "127.0.0.1", Port: i.Port, Zone: i.Zone}, admin); err != nil {
				return err
			}
		}
		for _, group := range p.groups() {
			if d.Groups[group[0].Group] != nil {
				continue
			}
			if err := d.CreateGroup(group[0].Group, group[0].ID, ids(group[1:]), topology.NewProxyAccount(group[0].Group)); err != nil {
				return err
			}
		}
		if d.Users[appUser] != nil {
			return nil
		}
		password := p.layout.AppPassword
		return d.AddUser(topology.User{
			Name: appUser, NativeVerifier: mysql.NativeVerifier(password), SHA2Verifier: mysql.SHA2Verifier(password, salt()),
			Grants: map[string]topology.Grant{topology.AllKeyspaces: topology.GrantAdmin},
		})
	})
	return err
}

// salt returns random letters: the stored form of a verifier is text.
func salt() []byte { return []byte(strings.ToLower(rand.Text()))[:saltSize] }

// groups returns the layout's groups in order, each with its instances.
func (p *playground) groups() [][]layoutInstance {
	var out [][]layoutInstance
	for _, i := range p.layout.Instances {
		if i.Group == "" {
			continue
		}
		n := slices.IndexFunc(out, func(g []layoutInstance) bool { return g[0].Group == i.Group })
		if n < 0 {
			out = append(out, []layoutInstance{i})
			continue
		}
		out[n] = append(out[n], i)
	}
	return out
}

func ids(instances []layoutInstance) []string {
	var out []string
	for _, i := range instances {
		out = append(out, i.ID)
	}
	return out
}
