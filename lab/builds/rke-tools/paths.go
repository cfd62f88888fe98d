package main

import (
	"path/filepath"
	"strings"
)

func plainPath(name string) string { return filepath.Join(backupDir, name) }
func zipPath(name string) string   { return plainPath(name) + ".zip" }
func statePath(name string) string { return filepath.Join(stateDir, name+".rkestate") }

// memberName is the path that a file has in RKE's containers, wherever a test keeps it.
func memberName(path string) string {
	for dir, inContainer := range map[string]string{backupDir: "/backup", stateDir: "/etc/kubernetes"} {
		if rest, found := strings.CutPrefix(path, dir+"/"); found {
			return inContainer + "/" + rest
		}
	}
	return path
}
