package main

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWritesZipsAsTheOriginalDoes(t *testing.T) {
	for _, fixture := range []string{"rke-tools-v0.1.111.zip", "rke-tools-v0.1.111-without-state.zip"} {
		host(t)
		original, err := zip.OpenReader(filepath.Join(fixtures, fixture))
		must(t, err)
		defer original.Close()
		files := []string{}
		for _, member := range original.File {
			path := strings.NewReplacer("/backup", backupDir, "/etc/kubernetes", stateDir).Replace(member.Name)
			content, err := member.Open()
			must(t, err)
			bytes, err := io.ReadAll(content)
			must(t, err)
			put(t, path, string(bytes), member.Mode())
			files = append(files, path)
		}
		must(t, compress(zipPath("ours"), files))
		ours, theirs := layout(t, zipPath("ours")), layout(t, filepath.Join(fixtures, fixture))
		if len(ours) != len(theirs) {
			t.Fatalf("%s: %d parts, not %d", fixture, len(ours), len(theirs))
		}
		for at := range ours {
			if !bytes.Equal(ours[at], theirs[at]) {
				t.Errorf("%s, part %d:\n%x, not\n%x", fixture, at, ours[at], theirs[at])
			}
		}
	}
}

// layout gives all of a zip but how far its content was deflated: local headers, data descriptors, directory entries.
func layout(t *testing.T, path string) [][]byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	must(t, err)
	archive, err := zip.OpenReader(path)
	must(t, err)
	defer archive.Close()
	without := func(part []byte, offsets ...int) []byte {
		copied := bytes.Clone(part)
		for _, at := range offsets {
			copy(copied[at:], []byte{0, 0, 0, 0})
		}
		return copied
	}
	parts := [][]byte{}
	end := 0
	for _, member := range archive.File {
		data, err := member.DataOffset()
		must(t, err)
		descriptor := int(data) + int(member.CompressedSize64)
		parts = append(parts, raw[end:data], without(raw[descriptor:descriptor+16], 8))
		end = descriptor + 16
	}
	for at := end; binary.LittleEndian.Uint32(raw[at:]) == 0x02014b50; {
		length := 46 + int(binary.LittleEndian.Uint16(raw[at+28:])) + int(binary.LittleEndian.Uint16(raw[at+30:])) +
			int(binary.LittleEndian.Uint16(raw[at+32:]))
		parts = append(parts, without(raw[at:at+length], 20, 42))
		at += length
		end = at
	}
	return append(parts, without(raw[end:], 16))
}
