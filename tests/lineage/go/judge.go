// Judges notes and proofs with Go's own transparency log library.
//
//	judge note KEY FILE            is the note signed by the key, and a checkpoint? prints size and root
//	judge proof KEY FILE           is the event of the proof in the log of its checkpoint?
//	judge tree SIZE1 ROOT1 SIZE2 ROOT2 STEP...   is the first tree a beginning of the second?
package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error) {
	if err != nil {
		fmt.Println("refused:", err)
		os.Exit(1)
	}
}

func hash(text string) tlog.Hash {
	raw, err := base64.StdEncoding.DecodeString(text)
	must(err)
	var found tlog.Hash
	if copy(found[:], raw) != tlog.HashSize || len(raw) != tlog.HashSize {
		must(fmt.Errorf("a hash of %d bytes", len(raw)))
	}
	return found
}

func opened(key string, text string) tlog.Tree {
	verifier, err := note.NewVerifier(key)
	must(err)
	found, err := note.Open([]byte(text), note.VerifierList(verifier))
	must(err)
	lines := strings.Split(found.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	return tlog.Tree{N: size, Hash: hash(lines[2])}
}

func main() {
	if os.Args[1] == "tree" {
		first, err := strconv.ParseInt(os.Args[2], 10, 64)
		must(err)
		second, err := strconv.ParseInt(os.Args[4], 10, 64)
		must(err)
		var steps tlog.TreeProof
		for _, step := range os.Args[6:] {
			steps = append(steps, hash(step))
		}
		must(tlog.CheckTree(steps, second, hash(os.Args[5]), first, hash(os.Args[3])))
		fmt.Println("accepted")
		return
	}
	text, err := os.ReadFile(os.Args[3])
	must(err)
	if os.Args[1] == "note" {
		tree := opened(os.Args[2], string(text))
		fmt.Println("accepted", tree.N, tree.Hash)
		return
	}
	above, below, _ := strings.Cut(string(text), "\n\n")
	tree := opened(os.Args[2], below)
	lines := strings.Split(above, "\n")
	event, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	must(err)
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	must(err)
	var steps tlog.RecordProof
	for _, step := range lines[3:] {
		steps = append(steps, hash(step))
	}
	must(tlog.CheckRecord(steps, tree.N, tree.Hash, index, tlog.RecordHash(event)))
	fmt.Println("accepted", index)
}
