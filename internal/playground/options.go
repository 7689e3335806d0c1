package playground

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
)

// The defaults of Options, and their bounds: a machine holds only so many servers.
const (
	defaultGroups   = 2
	defaultReplicas = 2
	defaultPrograms = 1
	DefaultPort     = 15306
	DefaultDir      = ".playground"
	instancesMax    = 60
	programsMax     = 20
)

// Options say what to run. Values below zero, and an empty Dir, stand for what
// the folder already holds, or the default.
type Options struct {
	// Dir is the playground's folder.
	Dir string
	// Groups, Replicas (per group) and Spares count servers.
	Groups   int
	Replicas int
	Spares   int
	// Proxies and Controllers count processes of Shardway's.
	Proxies     int
	Controllers int
	// Port is the first proxy's.
	Port int
	// Sample says whether to load the sample keyspace.
	Sample bool
	// MySQLD is the path of mysqld; empty looks for one.
	MySQLD string
	// Program is the shardway binary, for the proxy and the controller.
	Program string
	// Out gets progress and the closing words.
	Out io.Writer
}

// Validate fills in what is left out and refuses what cannot work.
func (o *Options) Validate() error {
	if o.Program == "" || o.Out == nil {
		return errors.New("playground: a program and an output are needed")
	}
	if o.Dir == "" {
		o.Dir = DefaultDir
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return err
	}
	o.Dir = dir
	if o.Groups == 0 {
		return errors.New("a playground needs at least one group")
	}
	if o.Proxies == 0 || o.Controllers == 0 || o.Proxies > programsMax || o.Controllers > programsMax {
		return fmt.Errorf("a playground has 1 to %d proxies, and controllers", programsMax)
	}
	if o.Port == 0 || o.Port > 65535 {
		return fmt.Errorf("%d is not a port", o.Port)
	}
	if o.Groups*(1+max(0, o.Replicas))+o.Spares > instancesMax {
		return fmt.Errorf("a playground has at most %d servers", instancesMax)
	}
	return nil
}
