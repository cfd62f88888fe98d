package main

import (
	"fmt"
	"strconv"
	"strings"
)

// release is what distinguishes one version of Rancher from another, as far as the lab can see it.
type release struct {
	version string
	// ui is the content of /VERSION.txt: the version of the Ember UI in the image (CATTLE_UI_VERSION in Rancher's package/Dockerfile).
	ui string
	// schema of the stored users: an older version cannot read what a newer one wrote.
	schema int
	// migration brings older data to this schema; none means that this version takes only data of its own.
	migration migration
}

type migration int

const (
	none migration = iota
	// halfWay breaks down after half of the users; every pod crashes from then on.
	halfWay
	// again migrates all users, is never ready afterwards, runs on, and migrates whatever unmigrated data it finds.
	again
)

var releases = []release{
	{version: "v2.5.7", ui: "2.5.6", schema: 25},
	{version: "v2.5.8", ui: "2.5.8", schema: 25},
	{version: "v2.5.9", ui: "2.5.9", schema: 25},
	{version: "v2.6.0", ui: "2.6.0", schema: 26, migration: halfWay},
	{version: "v2.6.1", ui: "2.6.1", schema: 26, migration: again},
	{version: "v2.7.0", ui: "2.7.0", schema: 27},
}

func releaseOf(version string) (release, error) {
	for _, release := range releases {
		if release.version == version {
			return release, nil
		}
	}
	return release{}, fmt.Errorf("this stand-in knows no Rancher %q", version)
}

// from says whether this version is the given one or a later one, such as "v2.6.3".
func (r release) from(first string) bool {
	mine, other := numbers(r.version), numbers(first)
	for i := range mine {
		if mine[i] != other[i] {
			return mine[i] > other[i]
		}
	}
	return true
}

func numbers(version string) (parsed [3]int) {
	for i, part := range strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3) {
		parsed[i], _ = strconv.Atoi(part)
	}
	return parsed
}
