package tidy

import (
	"go/ast"
	"slices"
	"strconv"
	"strings"
)

// everything stands for all our packages in the table.
const everything = "*"

// table says which of our packages a folder may import. An entry ending in
// "/..." is for the folder and all below it; the longest one that fits a
// package holds. What is in a folder's own internal folder is free to it.
// Tests may import what forTests says.
func table() map[string][]string {
	data := []string{"parser", "shardkey", "mysql", "topology", "router/plan", "router/merge", "router/pool", "heat", "txn"}
	control := []string{"topology", "mysql/...", "shardkey", "txn"}
	return map[string][]string{
		"parser":       {},
		"shardkey/...": {},
		"txn":          {},
		// what the leader does about transactions over groups
		"txn/...":       {"txn", "topology", "mysql/...", "internal/control"},
		"mysql":         {},
		"mysql/...":     {"mysql"},
		"topology":      {"shardkey"},
		"topology/etcd": {"topology"},
		"router/plan":   {"parser", "topology", "shardkey"},
		"router/merge":  {"mysql", "router/plan"},
		"router/pool":   {"mysql", "topology"},
		"heat":          {"shardkey"},
		"router/exec":   data,
		"router":        append(slices.Clone(data), "router/exec"),
		"failover/...":  append(slices.Clone(control), "internal/control"),
		"reshard/...":   control,
		"reshard":       append(slices.Clone(control), "reshard/flow", "internal/control"),
		// the data plane of moving rows knows nothing of jobs
		"reshard/flow": {"mysql", "mysql/binlog", "shardkey", "topology"},
		"ddl/...":      append(slices.Clone(control), "internal/control"),
		// what is wrong with the servers of a cluster; acts on nothing
		"doctor": {"topology", "mysql"},
		// admin meets failover and reshard through interfaces of its own.
		"admin/...": {"topology", "mysql/server", "txn", "doctor", "heat", "shardkey"},
		// drills see a cluster as its clients and operators do; what does harm to
		// processes knows the playground
		"drill":     {"admin", "topology", "shardkey", "internal/bank"},
		"drill/...": {"drill", "internal/..."},
		// who is whose server is what the controllers say
		"drill/containers": {"drill", "admin", "topology", "internal/..."},
		"cmd/...":          {everything},
		"integration/...":  {everything},
		"internal/...":     {"internal/..."},
		"internal/control": {"topology", "mysql/..."},
		// Whole clusters for tests, and one for a newcomer: wiring, as in cmd.
		"internal/testkit/...": {everything},
		"internal/playground":  {"internal/...", "topology/...", "mysql", "shardkey"},
	}
}

// forTests returns what a folder's tests may import: what its code may, and
// what that may in turn, since an import's functions take values of its own
// imports' types; the test servers; and for the control plane, which acts on
// the topology through interfaces, the real store behind them.
func forTests(rules map[string][]string, folder string) []string {
	reach, _ := allowedFor(rules, folder)
	reach = slices.Clone(reach)
	for i := 0; i < len(reach); i++ {
		next, _ := allowedFor(rules, strings.TrimSuffix(reach[i], "/..."))
		for _, p := range next {
			if !slices.Contains(reach, p) {
				reach = append(reach, p)
			}
		}
	}
	for _, control := range []string{"admin/...", "failover/...", "reshard/...", "ddl/..."} {
		if matches(control, folder) {
			reach = append(reach, "topology/etcd")
		}
	}
	return append(reach, "internal/...")
}

// checkImports holds every file to the table.
func checkImports(t *Tree) []Finding {
	var found []Finding
	rules := table()
	for _, f := range t.Files {
		allowed, ok := allowedFor(rules, f.Folder())
		if !ok {
			found = append(found, t.at(f.AST.Name, "folder %s is not in the import table", f.Folder()))
			continue
		}
		if f.IsTest() {
			allowed = forTests(rules, f.Folder())
		}
		for _, spec := range f.AST.Imports {
			target, ours := ourFolder(spec.Path.Value)
			if ours && !ownedBy(f.Folder(), target) && !slices.ContainsFunc(allowed, func(p string) bool { return matches(p, target) }) {
				found = append(found, t.at(spec, "%s must not import %s", f.Folder(), target))
			}
		}
	}
	return found
}

// allowedFor returns the entry of the table that fits best.
func allowedFor(rules map[string][]string, folder string) ([]string, bool) {
	best := ""
	for pattern := range rules {
		if matches(pattern, folder) && (best == "" || betterFit(pattern, best)) {
			best = pattern
		}
	}
	return rules[best], best != ""
}

// betterFit: a longer folder wins, and an exact entry over one for all below.
func betterFit(a, b string) bool {
	x, y := strings.TrimSuffix(a, "/..."), strings.TrimSuffix(b, "/...")
	if len(x) != len(y) {
		return len(x) > len(y)
	}
	return len(a) < len(b)
}

// matches reports whether a pattern of the table fits a folder.
func matches(pattern, folder string) bool {
	if pattern == everything {
		return true
	}
	if prefix, below := strings.CutSuffix(pattern, "/..."); below {
		return folder == prefix || strings.HasPrefix(folder, prefix+"/")
	}
	return pattern == folder
}

// ownedBy reports whether target is the folder itself, which an external test
// imports, or in an internal folder that belongs to it or to its parents.
func ownedBy(folder, target string) bool {
	if folder == target {
		return true
	}
	owner, _, ok := strings.Cut(target, "/internal/")
	return ok && (folder == owner || strings.HasPrefix(folder, owner+"/"))
}

// ourFolder returns the folder that an import names, if it is one of ours.
func ourFolder(quoted string) (string, bool) {
	name := unquote(quoted)
	if name == module {
		return ".", true
	}
	return strings.CutPrefix(name, module+"/")
}

func unquote(quoted string) string {
	name, err := strconv.Unquote(quoted)
	if err != nil {
		return quoted
	}
	return name
}

// checkGoMySQL keeps go-mysql behind our mysql package, tests included.
func checkGoMySQL(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.Files {
		if matches("mysql/...", f.Folder()) {
			continue
		}
		for _, spec := range f.AST.Imports {
			if strings.HasPrefix(unquote(spec.Path.Value), "github.com/go-mysql-org/") {
				found = append(found, t.at(spec, "go-mysql is imported outside mysql"))
			}
		}
	}
	return found
}

// checkPure keeps sockets, files and processes out of packages that decide. A
// program that makes a package's data files is not part of it.
func checkPure(t *Tree) []Finding {
	var found []Finding
	for _, f := range t.Files {
		if !pure(f) {
			continue
		}
		for _, spec := range f.AST.Imports {
			if name := unquote(spec.Path.Value); outside(name) {
				found = append(found, t.at(spec, "%s decides and must not import %s", f.Folder(), name))
			}
		}
	}
	return append(found, t.calls(func(f *File, receiver *ast.Ident, function string) string {
		if pure(f) && receiver.Name == importedAs(f, "net") && slices.ContainsFunc([]string{"Dial", "Listen", "Lookup", "Resolve"}, func(p string) bool { return strings.HasPrefix(function, p) }) {
			return f.Folder() + " decides and must not use net." + function
		}
		return ""
	})...)
}

func pure(f *File) bool {
	folder := matches("shardkey/...", f.Folder()) || slices.Contains([]string{"parser", "topology", "txn", "router/plan"}, f.Folder())
	return folder && !f.IsTest() && f.AST.Name.Name != "main"
}

// outside reports whether a package is for what is outside the process. Of net
// and what is below it, some only takes texts apart.
func outside(name string) bool {
	first, _, _ := strings.Cut(name, "/")
	return slices.Contains([]string{"net", "os", "syscall", "database"}, first) && !slices.Contains([]string{"net", "net/netip", "net/url"}, name)
}
