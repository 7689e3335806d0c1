package etcd

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/shardway/shardway/topology"
)

// diskCopy is a snapshot in a file, for a proxy that starts while etcd is
// away. It holds the proxies' own accounts, so only its owner may read it.
type diskCopy struct {
	Version int64                      `json:"version"`
	Written time.Time                  `json:"written"`
	Records map[string]json.RawMessage `json:"records"`
}

// WriteCopy replaces the file at path by a copy of snap, all or nothing, even
// if the machine fails meanwhile.
func WriteCopy(path string, snap *topology.Snapshot) error {
	records, err := snap.Records()
	if err != nil {
		return err
	}
	c := diskCopy{Version: snap.Version, Written: time.Now(), Records: make(map[string]json.RawMessage)}
	for key, data := range records {
		c.Records[key] = data
	}
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	// CreateTemp makes it with mode 0600.
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*")
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// ReadCopy reads and validates what WriteCopy wrote, and says when that was.
func ReadCopy(path string) (*topology.Snapshot, time.Time, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, time.Time{}, err
	}
	var c diskCopy
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, time.Time{}, fmt.Errorf("%s: %w", path, err)
	}
	records := make(map[string][]byte, len(c.Records))
	for key, record := range c.Records {
		records[key] = record
	}
	snap, err := topology.Decode(c.Version, records)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("%s: %w: %w", path, ErrInvalid, err)
	}
	return snap, c.Written, nil
}
