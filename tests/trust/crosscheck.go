// The Go toolchain's own reader of signed notes and transparency logs, set on what certify wrote.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type given struct {
	Key         string   `json:"key"`
	Old, New    string   // checkpoints
	Entries     [][]byte // all of them
	Index       int64    // of the entry proved in the new tree
	Inclusion   [][]byte
	Consistency [][]byte
	Tile        []byte // tile/0/000 of the new tree
}

func must(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func hashes(raw [][]byte) []tlog.Hash {
	out := make([]tlog.Hash, len(raw))
	for i := range raw {
		copy(out[i][:], raw[i])
	}
	return out
}

func open(text string, keys note.Verifiers) (size int64, root tlog.Hash) {
	signed, err := note.Open([]byte(text), keys)
	must(err)
	lines := bytes.Split([]byte(signed.Text), []byte("\n"))
	_, err = fmt.Sscan(string(lines[1]), &size)
	must(err)
	root, err = tlog.ParseHash(string(lines[2]))
	must(err)
	return
}

type store []tlog.Hash

func (s *store) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		out[i] = (*s)[index]
	}
	return out, nil
}

func main() {
	var said given
	raw, err := os.ReadFile(os.Args[1])
	must(err)
	must(json.Unmarshal(raw, &said))
	verifier, err := note.NewVerifier(said.Key)
	must(err)
	keys := note.VerifierList(verifier)
	oldSize, oldRoot := open(said.Old, keys)
	newSize, newRoot := open(said.New, keys)

	var kept store
	for n, entry := range said.Entries {
		more, err := tlog.StoredHashes(int64(n), entry, &kept)
		must(err)
		kept = append(kept, more...)
		if n < 256 && !bytes.Equal(said.Tile[n*32:n*32+32], leaf(entry)) {
			must(fmt.Errorf("the tile is another at %d", n))
		}
	}
	recomputed, err := tlog.TreeHash(newSize, &kept)
	must(err)
	if recomputed != newRoot {
		must(fmt.Errorf("the root is another"))
	}
	must(tlog.CheckRecord(tlog.RecordProof(hashes(said.Inclusion)), newSize, newRoot, said.Index, tlog.RecordHash(said.Entries[said.Index])))
	must(tlog.CheckTree(tlog.TreeProof(hashes(said.Consistency)), newSize, newRoot, oldSize, oldRoot))
	fmt.Println("agrees", oldSize, newSize)
}

func leaf(entry []byte) []byte {
	hash := tlog.RecordHash(entry)
	return hash[:]
}
