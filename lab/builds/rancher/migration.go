package main

import (
	"crypto/sha256"
	"fmt"
	"log"
	"strings"
)

func schemaOf(version string) int {
	if strings.HasPrefix(version, "v2.5.") {
		return schemaOfV25
	}
	return schemaOfV26
}

// reach brings the stored data to the schema of this version.
func reach(state state, mine int) error {
	schema, err := state.schema()
	if err != nil {
		return err
	}
	switch {
	case schema == 0:
		return state.set(schemaSetting, fmt.Sprint(mine))
	case schema > mine:
		return fatal{tooNew(schema, mine)}
	case schema == mine && mine == schemaOfV26:
		return fatal{fmt.Errorf("found a migration that failed half way: users are partly in schema %d, cannot resume", schema)}
	case schema < mine:
		return migrate(state, mine)
	}
	return nil
}

// migrate replaces user names by digests, which nothing turns back, and breaks down after half of the users.
func migrate(state state, to int) error {
	log.Printf("migrating users to schema %d", to)
	if err := state.set(schemaSetting, fmt.Sprint(to)); err != nil {
		return err
	}
	users, err := state.users()
	if err != nil {
		return err
	}
	half := (len(users) + 1) / 2
	for _, user := range users[:half] {
		digest := fmt.Sprintf("%x", sha256.Sum256([]byte(user.Username)))
		change := map[string]any{"username": nil, "displayName": nil, "principalDigest": digest}
		if err := state.change(user.ID, change); err != nil {
			return err
		}
		log.Printf("migrated user %s", user.ID)
	}
	return fatal{fmt.Errorf("migration failed half way: %d of %d users are in schema %d", half, len(users), to)}
}

func tooNew(found, mine int) error {
	return fmt.Errorf("the data is in schema %d, this version reads schema %d: it was migrated by a newer version and cannot be used, restore a backup", found, mine)
}
