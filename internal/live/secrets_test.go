// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// listener hears what signs the requests.
type listener struct {
	next http.RoundTripper

	mu    sync.Mutex
	heard []string
}

func (l *listener) RoundTrip(r *http.Request) (*http.Response, error) {
	l.mu.Lock()
	q := r.URL.Query()
	_, signature, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
	for _, secret := range []string{q.Get("Signature"), q.Get("SignatureNonce"), signature} {
		if secret != "" {
			l.heard = append(l.heard, secret)
		}
	}
	l.mu.Unlock()
	return l.next.RoundTrip(r)
}

// saying lets the cloud repeat what it knows of the account in its errors.
func saying(st *stage) {
	said := []string{
		"User acs:ram::5123456789012345:user/zhang is not allowed to eni-bp1accountfree1 of 5123456789012345",
		"qcs::vpc:ap-guangzhou:uin/100012345678:eni/eni-1a2b3c4d with 10.77.66.213 and 2408:4005:3bc::7",
		"key " + st.keyID + " with token " + st.token + " and secret " + st.secret,
	}
	var sent atomic.Int64
	st.cloud.Control = func(c enitest.Call) *enitest.Fault {
		if c.Action != enitest.UnassignPrivateIps && c.Action != enitest.Detach {
			return nil
		}
		n := int(sent.Add(1))
		if n%7 != 0 {
			return nil
		}
		return &enitest.Fault{Code: "InternalError", Message: said[n/7%len(said)], Status: http.StatusInternalServerError}
	}
}

// Neither a recording nor a report has anything of the account.
func TestNothingOfTheAccountIsWritten(t *testing.T) {
	onBoth(t, func(t *testing.T, provider string) {
		synctest.Test(t, func(t *testing.T) {
			st := newStage(t, provider)
			st.dir = t.TempDir()
			saying(st)
			st.cloud.Put(eni.Interface{
				ID: "eni-bp1accountmgd01", SubnetID: st.subnet, VPCID: accountVPC, Manager: "5123456789012345", Zone: "cn-hangzhou-i",
				InstanceID: st.instance, State: eni.StateInUse, Type: eni.TypeSecondary, MAC: "00:16:3e:65:43:21",
			})
			l := &listener{next: enitest.Transport(st.server)}
			if _, err := run(t.Context(), context.WithoutCancel(t.Context()), &st.settings, l, testWriter{t}); err != nil {
				t.Fatal(err)
			}
			secrets := []string{st.keyID, st.secret, st.token,
				accountInstance, accountSubnet, accountGroup, accountVPC, "bp1account", "eni-0000", "1a2b3c4d",
				"10.77.66.", "2408:4005", "00:16:3e", "51234567", "10001234", "accounting", "database", "customer", "zhang", "acs:ram", "qcs:",
				"signature=", "signaturenonce=", "accesskeyid=", "securitytoken=", "authorization:", "x-tc-"}
			for _, secret := range l.heard {
				secrets = append(secrets, secret, url.QueryEscape(secret))
			}
			if len(l.heard) < 100 {
				t.Errorf("%d signatures were heard", len(l.heard))
			}
			searchIn(t, st.dir, secrets)
		})
	})
}

// searchIn fails where a file in a folder, or its name, has one of the texts.
func searchIn(t *testing.T, dir string, secrets []string) {
	t.Helper()
	files := 0
	for n := range secrets {
		secrets[n] = strings.ToLower(secrets[n])
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		text, err := os.ReadFile(path)
		lower := strings.ToLower(string(text) + d.Name())
		for _, secret := range secrets {
			if strings.Contains(lower, secret) {
				t.Errorf("%s has %q:\n%s", d.Name(), secret, text)
			}
		}
		for _, id := range anyUUID.FindAllString(string(text), -1) {
			if !strings.HasPrefix(id, "00000000-") {
				t.Errorf("%s has the id of a request: %s", d.Name(), id)
			}
		}
		return err
	})
	if err != nil || files < 200 {
		t.Errorf("%d files were searched, %v", files, err)
	}
}
