package main

import (
	"fmt"
	"net/http"
	"sort"
	"strconv"
)

const (
	group         = "management.cattle.io"
	schemaSetting = "lab-schema"
)

// state is what this server keeps, as custom resources with the names that Rancher gives them.
type state struct{ cluster *cluster }

type user struct {
	ID          string `json:"id"`
	Username    string `json:"username"`
	DisplayName string `json:"name"`
	Created     string `json:"created,omitempty"`
}

// install creates the custom resource definitions that are missing.
func (s state) install() error {
	for kind, plural := range map[string]string{"Setting": "settings", "User": "users"} {
		err := s.cluster.call(http.MethodPost, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition(kind, plural), nil)
		if err != nil && !hasStatus(err, http.StatusConflict) {
			return fmt.Errorf("creating the definition of %s: %w", plural, err)
		}
	}
	return nil
}

func definition(kind, plural string) map[string]any {
	return map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1",
		"kind":       "CustomResourceDefinition",
		"metadata":   map[string]any{"name": plural + "." + group},
		"spec": map[string]any{
			"group": group,
			"scope": "Cluster",
			"names": map[string]any{"kind": kind, "listKind": kind + "List", "plural": plural},
			"versions": []any{map[string]any{
				"name": "v3", "served": true, "storage": true,
				"schema": map[string]any{"openAPIV3Schema": map[string]any{
					"type": "object", "x-kubernetes-preserve-unknown-fields": true,
				}},
			}},
		},
	}
}

func path(plural, name string) string {
	path := "/apis/" + group + "/v3/" + plural
	if name != "" {
		path += "/" + name
	}
	return path
}

func (s state) setting(name string) (found setting, err error) {
	err = s.cluster.call(http.MethodGet, path("settings", name), nil, &found)
	return found, err
}

func (s state) createSetting(name string, with setting) error {
	object := map[string]any{
		"apiVersion": group + "/v3", "kind": "Setting", "metadata": map[string]any{"name": name},
		"value": with.Value, "default": with.Default, "customized": with.Customized,
	}
	if with.Source != "" {
		object["source"] = with.Source
	}
	return s.cluster.call(http.MethodPost, path("settings", ""), object, nil)
}

func (s state) set(name, value string) error {
	err := s.cluster.call(http.MethodPatch, path("settings", name), map[string]any{"value": value}, nil)
	if !hasStatus(err, http.StatusNotFound) {
		return err
	}
	err = s.createSetting(name, setting{Value: value})
	if hasStatus(err, http.StatusConflict) {
		return nil
	}
	return err
}

func (s state) schema() (int, error) {
	found, err := s.setting(schemaSetting)
	if hasStatus(err, http.StatusNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(found.Value)
}

// users are sorted by their ID.
func (s state) users() ([]user, error) {
	var list struct {
		Items []struct {
			Metadata struct {
				Name              string `json:"name"`
				CreationTimestamp string `json:"creationTimestamp"`
			} `json:"metadata"`
			Username    string `json:"username"`
			DisplayName string `json:"displayName"`
		} `json:"items"`
	}
	if err := s.cluster.call(http.MethodGet, path("users", ""), nil, &list); err != nil {
		return nil, err
	}
	users := []user{}
	for _, item := range list.Items {
		users = append(users, user{item.Metadata.Name, item.Username, item.DisplayName, item.Metadata.CreationTimestamp})
	}
	sort.Slice(users, func(a, b int) bool { return users[a].ID < users[b].ID })
	return users, nil
}

func (s state) ensureUser(u user) error {
	err := s.createUser(&u)
	if hasStatus(err, http.StatusConflict) {
		return nil
	}
	return err
}

// createUser fills in the ID, which the API chooses where none is given.
func (s state) createUser(u *user) error {
	metadata := map[string]any{"generateName": "u-"}
	if u.ID != "" {
		metadata = map[string]any{"name": u.ID}
	}
	object := map[string]any{
		"apiVersion": group + "/v3", "kind": "User", "metadata": metadata,
		"username": u.Username, "displayName": u.DisplayName, "enabled": true,
	}
	var created struct {
		Metadata struct {
			Name string `json:"name"`
		} `json:"metadata"`
	}
	err := s.cluster.call(http.MethodPost, path("users", ""), object, &created)
	u.ID = created.Metadata.Name
	return err
}

func (s state) change(id string, change map[string]any) error {
	return s.cluster.call(http.MethodPatch, path("users", id), change, nil)
}
