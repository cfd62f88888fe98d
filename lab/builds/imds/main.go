// The part of a cloud's instance metadata service (IMDSv2 alone) that hands out the credentials of a machine's role.
package main

import (
	"crypto/rand"
	"crypto/subtle"
	"io"
	"log"
	"net/http"
	"os"
)

// Where AWS has it, and all that asks it by default.
const (
	address     = "169.254.169.254:80"
	credentials = "/latest/meta-data/iam/security-credentials/"
)

func main() {
	role, file := os.Args[1], os.Args[2]
	token := rand.Text()

	guarded := func(answer func() ([]byte, error)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			given := r.Header.Get("X-aws-ec2-metadata-token")
			if subtle.ConstantTimeCompare([]byte(given), []byte(token)) != 1 {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			body, err := answer()
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			w.Write(body)
		}
	}

	http.HandleFunc("PUT /latest/api/token", func(w http.ResponseWriter, r *http.Request) {
		ttl := r.Header.Get("X-aws-ec2-metadata-token-ttl-seconds")
		if ttl == "" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.Header().Set("X-aws-ec2-metadata-token-ttl-seconds", ttl)
		io.WriteString(w, token)
	})
	http.HandleFunc("GET "+credentials+"{$}", guarded(func() ([]byte, error) { return []byte(role), nil }))
	// Read each time: they are renewed while it runs.
	http.HandleFunc("GET "+credentials+role, guarded(func() ([]byte, error) { return os.ReadFile(file) }))
	log.Fatal(http.ListenAndServe(address, nil))
}
