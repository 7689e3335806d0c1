// Package containers lets drills break the cluster of docker-compose.yml, where
// each process is on a host of its own: processes get signals, packets between
// hosts are thrown away, disks are filled.
//
// All of it is done from outside the containers, which have neither tools nor
// rights: by Docker's command line, and by nsenter, iptables and tc in their
// network namespaces. A packet is lost where it arrives, so that who sent it is
// told nothing. Drills reach servers over the loopback of their own namespaces,
// as a person at their console would, so what is cut stays in sight.
//
// A Cluster owns the relays by which drills reach containers, and everything
// that it has made worse; Close mends that. The kernel drops the rules of one
// that was killed after some minutes, and Attach removes what is left.
package containers
