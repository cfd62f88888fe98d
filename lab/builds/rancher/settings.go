package main

import (
	"net/http"
	"os"
	"strings"
)

// setting is a Setting as Rancher stores it, its fields at top level.
type setting struct {
	Value      string `json:"value"`
	Default    string `json:"default"`
	Customized bool   `json:"customized"`
	Source     string `json:"source,omitempty"`
}

// defaults of the settings that this stand-in has. A variable CATTLE_NAME in the environment outranks what is stored.
var defaults = map[string]string{
	"server-version": "dev", "server-url": "", "cacerts": "", "first-login": "true",
	"ui-pl": "rancher", "ui-banners": "{}", "ui-issues": "", "ui-default-landing": "ember", "ui-brand": "",
}

func fromEnvironment(name string) string {
	return os.Getenv("CATTLE_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_")))
}

// writeSettings creates the settings that are missing and changes only those whose default, forced value or
// source differs: after a restore, a version that finds its own name leaves no trace of its start.
func (r *rancher) writeSettings() error {
	for name, initial := range defaults {
		if err := r.writeSetting(name, initial, fromEnvironment(name)); err != nil {
			return err
		}
	}
	return r.writeSetting("agent-image", "rancher/rancher-agent:"+r.version, "")
}

func (r *rancher) writeSetting(name, initial, forced string) error {
	source := ""
	if forced != "" && r.from("v2.5.12") {
		source = "env"
	}
	found, err := r.state.setting(name)
	if hasStatus(err, http.StatusNotFound) {
		err := r.state.createSetting(name, setting{Value: forced, Default: initial, Source: source})
		switch {
		case !hasStatus(err, http.StatusConflict):
			return err
		case r.from("v2.5.8"):
			return nil
		}
		// Another replica was faster.
		return fatal{err}
	}
	if err != nil {
		return err
	}
	if found.Default == initial && (forced == "" || found.Value == forced) && found.Source == source {
		return nil
	}
	change := map[string]any{"default": initial, "source": source}
	if source == "" {
		change["source"] = nil
	}
	if forced != "" {
		change["value"] = forced
	}
	return r.state.cluster.call(http.MethodPatch, path("settings", name), change, nil)
}
