// SPDX-License-Identifier: Apache-2.0

package fakecloud

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// Control returns the endpoint that controls a fake while it runs.
func (st *Stage) Control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, index) }) //nolint:errcheck // the client has gone
	mux.HandleFunc("GET /faults", st.getFaults)
	mux.HandleFunc("POST /faults", st.postFaults)
	mux.HandleFunc("DELETE /faults", func(w http.ResponseWriter, _ *http.Request) { st.faults.clear(); w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("DELETE /faults/{id}", st.deleteFault)
	mux.HandleFunc("GET /requests", st.getRequests)
	mux.HandleFunc("GET /scene", st.getScene)
	mux.HandleFunc("PUT /scene", st.putScene)
	mux.HandleFunc("GET /credentials", st.getCredentials)
	mux.HandleFunc("POST /credentials/expire", st.postExpire)
	mux.HandleFunc("POST /reset", func(w http.ResponseWriter, _ *http.Request) { st.Reset(); w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, http.StatusNotFound, fmt.Errorf("there is no %s %s here: want one of these\n%s", r.Method, r.URL.Path, index))
	})
	return mux
}

// index is the page at the root of the endpoint.
const index = `The control of enictl fake:

GET    /faults              the current faults, and the number of requests that each applied to
POST   /faults              adds faults, one on each line: conflict:3
DELETE /faults              removes all faults
DELETE /faults/ID           removes one fault
GET    /requests            the requests since the beginning or the last reset, as JSON lines
GET    /scene               the current state, with the initial faults, as a scene
PUT    /scene               starts again with another scene
GET    /credentials         the currently valid keys
POST   /credentials/expire  ends the session of each cloud, or of ?provider=NAME, and starts a new one
POST   /reset               restores the initial state
`

// maxControl is the maximum size of a scene.
const maxControl = 64 << 20

func (st *Stage) getFaults(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{"faults": st.faults.list()})
}

// postFaults adds all faults of a request, or none of them.
func (st *Stage) postFaults(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxControl))
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	var rules []*Fault
	var bad []error
	for line := range strings.Lines(string(text)) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		rule, err := ParseFault(line)
		if err != nil {
			bad = append(bad, err)
			continue
		}
		rules = append(rules, rule)
	}
	if len(rules)+len(bad) == 0 {
		bad = append(bad, errors.New("no fault: want a line such as conflict:3"))
	}
	if len(bad) > 0 {
		refuse(w, http.StatusBadRequest, errors.Join(bad...))
		return
	}
	st.faults.add(rules...)
	writeJSON(w, http.StatusCreated, map[string]any{"faults": st.faults.list()})
}

func (st *Stage) deleteFault(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseUint(r.PathValue("id"), 10, 64)
	if err != nil || !st.faults.remove(id) {
		refuse(w, http.StatusNotFound, fmt.Errorf("no fault %q: GET /faults has their ids", r.PathValue("id")))
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// getRequests writes the requests, or those of an action or a provider.
func (st *Stage) getRequests(w http.ResponseWriter, r *http.Request) {
	action, provider := r.URL.Query().Get("action"), r.URL.Query().Get("provider")
	w.Header().Set("Content-Type", "application/jsonl")
	encoder := json.NewEncoder(w)
	for _, one := range st.log.all() {
		if action != "" && !strings.EqualFold(action, one.Action) || provider != "" && provider != one.Provider {
			continue
		}
		if encoder.Encode(one) != nil { //nolint:errchkjson // nothing in it is of a type that JSON lacks
			return // the client has gone
		}
	}
}

func (st *Stage) getScene(w http.ResponseWriter, r *http.Request) {
	text, err := st.Scene(r.Context()).Text()
	if err != nil {
		panic(err) // nothing in a scene is of a type that JSON lacks
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(text) //nolint:errcheck // the client has gone
}

func (st *Stage) putScene(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxControl))
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	s, err := ReadScene("scene", text)
	if err == nil {
		err = st.SetScene(s)
	}
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (st *Stage) getCredentials(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, st.environments())
}

func (st *Stage) postExpire(w http.ResponseWriter, r *http.Request) {
	if err := st.Expire(r.URL.Query().Get("provider")); err != nil {
		refuse(w, http.StatusConflict, err)
		return
	}
	writeJSON(w, http.StatusOK, st.environments())
}

// environments has the credentials of each cloud.
func (st *Stage) environments() map[string]map[string]string {
	all := make(map[string]map[string]string)
	for _, c := range st.clouds {
		all[c.Provider] = make(map[string]string)
		for _, v := range c.Env() {
			all[c.Provider][v.Name] = v.Value
		}
	}
	return all
}

// refuse writes an error as text, for a person.
func refuse(w http.ResponseWriter, status int, err error) {
	http.Error(w, err.Error(), status)
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(value) //nolint:errcheck,errchkjson // the client has gone
}
