// SPDX-License-Identifier: Apache-2.0

package fakecloud

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent"
)

// session is a stage of both clouds with sessions, and what its log and its history
// write.
func session(faults ...*Fault) (st *Stage, log, history *bytes.Buffer) {
	s := NewScene(small, Providers...)
	s.SetTokens()
	log, history = new(bytes.Buffer), new(bytes.Buffer)
	return NewStage(s, Options{Log: NewLines(log), History: NewLines(history), Faults: faults}), log, history
}

// logged returns the last line of the log.
func logged(t *testing.T, log *bytes.Buffer) Request {
	t.Helper()
	lines := bytes.Split(bytes.TrimSpace(log.Bytes()), []byte("\n"))
	var r Request
	if err := json.Unmarshal(lines[len(lines)-1], &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// A line says what was asked, by whom it was answered how, and which faults met it.
func TestLog(t *testing.T) {
	st, log, _ := session(rules(t, "conflict:1:eni-2", "lost-answer:1:eni-1", "slow=0s:eni-1", "cut:1:Describe")...)
	wants := map[string][]string{
		"aliyun": {
			`UnassignPrivateIpAddresses cn-hangzhou eni-2 map[NetworkInterfaceId:eni-2 PrivateIpAddress.1:10.0.2.2] Operation.Conflict false [conflict:1:eni-2]`,
			`UnassignPrivateIpAddresses cn-hangzhou eni-1 map[NetworkInterfaceId:eni-1 PrivateIpAddress.1:10.0.1.2]  true [lost-answer:1:eni-1 slow=0s:eni-1]`,
		},
		"tencent": {
			`UnassignPrivateIpAddresses ap-guangzhou eni-2 map[NetworkInterfaceId:eni-2 PrivateIpAddresses:[map[PrivateIpAddress:10.0.2.2]]] UnsupportedOperation.MutexOperationTaskRunning false [conflict:1:eni-2]`,
			`UnassignPrivateIpAddresses ap-guangzhou eni-1 map[NetworkInterfaceId:eni-1 PrivateIpAddresses:[map[PrivateIpAddress:10.0.1.2]]]  true [lost-answer:1:eni-1 slow=0s:eni-1]`,
		},
	}
	for _, c := range st.Clouds() {
		for n, id := range []string{"eni-2", "eni-1"} {
			_, err := unassign(t, client(t, c), id, SampleAddress(uint16(2-n), 2).String())
			if err == nil {
				t.Fatal("no fault met it")
			}
			r := logged(t, log)
			got := fmt.Sprint(r.Action, " ", r.Region, " ", r.ENI, " ", r.Asked, " ", r.Code, " ", r.Lost, " ", r.Faults)
			if got != wants[c.Provider][n] || r.Provider != c.Provider || r.RequestID == "" || r.Time.IsZero() || (r.Status == 0) != r.Lost {
				t.Errorf("got\n%s %+v\nwant\n%s", got, r, wants[c.Provider][n])
			}
			var reported *eni.Error
			if errors.As(err, &reported) && !r.Lost && (reported.RequestID != r.RequestID || reported.HTTPStatus != r.Status) {
				t.Errorf("the client knows %s and %d, the log has %+v", reported.RequestID, reported.HTTPStatus, r)
			}
		}
		st.faults.begin(1, rules(t, "conflict:1:eni-2", "lost-answer:1:eni-1", "slow=0s:eni-1"))
	}
	st.faults.begin(1, rules(t, "cut"))
	if _, err := client(t, st.Clouds()[0]).Describe(t.Context(), "eni-1"); err == nil {
		t.Fatal("nothing was cut")
	}
	if r := logged(t, log); r.Status != http.StatusOK || !r.Lost || r.RequestID == "" {
		t.Errorf("a cut answer: %+v", r)
	}
	if len(st.faults.took) != 0 {
		t.Errorf("faults are remembered: %v", st.faults.took)
	}
}

// API 2.0 has no request ids in its answers; the log has them all the same.
func TestLogOfAPI2(t *testing.T) {
	st, log, _ := session()
	c := st.Clouds()[1]
	keys := c.now.Load().keys()
	legacy, err := cloudeni.Open(cloudeni.Config{
		Provider: tencent.ProviderLegacy, Region: c.Region(), Endpoint: "https://cloud.invalid" + legacyPath,
		AccessKeyID: keys.ID, AccessKeySecret: keys.Secret, SecurityToken: keys.Token,
		HTTPClient: &http.Client{Transport: enitest.Transport(c)},
	}, &eni.Options{Retry: eni.Retry{MaxAttempts: 1}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := unassign(t, legacy, "eni-1", "10.0.1.2"); err != nil {
		t.Fatal(err)
	}
	if r := logged(t, log); r.Action != "UnassignPrivateIpAddresses" || r.Code != "" || r.ENI != "eni-1" || r.RequestID == "" || r.Status != http.StatusOK {
		t.Errorf("%+v", r)
	}
	st.faults.begin(1, rules(t, "conflict"))
	if _, err := unassign(t, legacy, "eni-1", "10.0.1.3"); !errors.Is(err, eni.ErrConflict) {
		t.Fatal(err)
	}
	if r := logged(t, log); r.Code != "OperationDenied.MutexTaskRunning" || len(r.Faults) != 1 {
		t.Errorf("%+v", r)
	}
}

// Whatever comes, no key, token or signature is in a log: not those of the scene, and not
// those of somebody who takes the fake for the real cloud.
func TestTheLogHasNoSecrets(t *testing.T) {
	st, log, _ := session()
	var secrets []string
	for _, c := range st.Clouds() {
		keys := c.now.Load().keys()
		secrets = append(secrets, keys.ID, keys.Secret, keys.Token)
		if _, err := client(t, c).Describe(t.Context(), "eni-1"); err != nil {
			t.Fatal(err)
		}
		other, err := cloudeni.Open(cloudeni.Config{
			Provider: c.Provider, Region: c.Region(), Endpoint: "https://cloud.invalid",
			AccessKeyID: "LTAIrealrealrealreal", AccessKeySecret: "realsecretrealsecret", SecurityToken: "realtoken",
			HTTPClient: &http.Client{Transport: enitest.Transport(c)},
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := other.Describe(t.Context(), "eni-1"); eni.KindOf(err) != eni.ErrUnauthenticated {
			t.Fatal(err)
		}
	}
	secrets = append(secrets, "real", "0123456789abcdef0123456789abcdef", "SIGNATURE")
	tencentKeys := st.Clouds()[1].now.Load().keys()
	for _, r := range []*http.Request{
		// The signature v1 of Tencent Cloud, and the form of both.
		httptest.NewRequest(http.MethodPost, "/", strings.NewReader(url.Values{
			"Action": {"DescribeNetworkInterfaces"}, "SecretId": {"realid"}, "Token": {"realtoken"}, "Signature": {"SIGNATURE"}, "Nonce": {"1"},
			"NetworkInterfaceIds.0": {"eni-1"},
		}.Encode())),
		httptest.NewRequest(http.MethodGet, "/?Action=X&AccessKeyId=realid&Signature=SIGNATURE&SecurityToken=realtoken&X-Amz-Credential=realid", nil),
		// Keys in places where nobody looks for them.
		httptest.NewRequest(http.MethodPost, "/?Action="+tencentKeys.Secret, strings.NewReader(`{"Description":"my key is `+tencentKeys.Secret+`","List":[{"Password":"realpassword","A":"`+tencentKeys.ID+`"}]}`)),
		httptest.NewRequest(http.MethodPost, "/?a="+tencentKeys.Token+"&a=b&"+tencentKeys.Secret+"=c", strings.NewReader(`{"NetworkInterfaceId":"`+tencentKeys.Secret+`"}`)),
	} {
		r.Header.Set("Authorization", "TC3-HMAC-SHA256 Credential=realid/2025-03-01/vpc/tc3_request, SignedHeaders=content-type;host, Signature=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")
		before := strings.Count(log.String(), "\n")
		if _, err := enitest.Transport(st.Clouds()[1]).RoundTrip(r); err != nil {
			t.Fatal(err)
		}
		if strings.Count(log.String(), "\n") != before+1 {
			t.Errorf("%s is not in the log", r.URL)
		}
	}
	_, remembered := ask(st, "GET", "/requests", "")
	for _, secret := range secrets {
		if strings.Contains(log.String(), secret) || strings.Contains(remembered, secret) {
			t.Errorf("%q is in the log:\n%s", secret, log)
		}
	}
	if !strings.Contains(log.String(), `"NetworkInterfaceIds.0":"eni-1"`) {
		t.Errorf("parameters are missing:\n%s", log)
	}
}

// A token that is no secret stays.
func TestHarmlessTokens(t *testing.T) {
	st, log, _ := session()
	r := httptest.NewRequest(http.MethodGet, "/?Action=X&ClientToken=7&NextToken=8", nil)
	if _, err := enitest.Transport(st.Clouds()[0]).RoundTrip(r); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(logged(t, log).Asked); got != "map[ClientToken:7 NextToken:8]" {
		t.Errorf("got %s", got)
	}
}

// A request that is too large to be kept is served, and logged without its parameters.
func TestLargeRequests(t *testing.T) {
	st, log, _ := session()
	r := httptest.NewRequest(http.MethodPost, "/?Action=X", io.LimitReader(zeros{}, maxAsked+1))
	if _, err := enitest.Transport(st.Clouds()[0]).RoundTrip(r); err != nil {
		t.Fatal(err)
	}
	if got := logged(t, log); got.Action != "X" || len(got.Asked) != 0 || log.Len() > 1000 {
		t.Errorf("%+v", got)
	}
}

// A body of JSON that is no object is served as well.
func TestBodiesThatAreNoObjects(t *testing.T) {
	st, log, _ := session()
	for _, c := range st.Clouds() {
		for _, body := range []string{"null", "[1]", "7", `"text"`} {
			r := httptest.NewRequest(http.MethodPost, "/?Action=X", strings.NewReader(body))
			if _, err := enitest.Transport(c).RoundTrip(r); err != nil {
				t.Fatalf("%s: %v", body, err)
			}
			if got := logged(t, log); got.Provider != c.Provider || got.Action != "X" {
				t.Errorf("%s: %+v", body, got)
			}
		}
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	for n := range b {
		b[n] = '0'
	}
	return len(b), nil
}

// The endpoint has the last requests, all of them or those that are wanted.
func TestControlOfRequests(t *testing.T) {
	st, log, _ := session()
	for _, c := range st.Clouds() {
		if _, err := client(t, c).Describe(t.Context(), "eni-1"); err != nil {
			t.Fatal(err)
		}
		if _, err := unassign(t, client(t, c), "eni-1", "10.0.1.2"); err != nil {
			t.Fatal(err)
		}
	}
	if _, all := ask(st, "GET", "/requests", ""); all != log.String() || strings.Count(all, "\n") != 4 {
		t.Errorf("got\n%s\nthe file has\n%s", all, log)
	}
	for query, want := range map[string]int{
		"?action=describenetworkinterfaces": 2, "?provider=tencent": 2, "?provider=aliyun&action=UnassignPrivateIpAddresses": 1, "?action=X": 0,
	} {
		if _, some := ask(st, "GET", "/requests"+query, ""); strings.Count(some, "\n") != want {
			t.Errorf("%s: got\n%s", query, some)
		}
	}
}

func TestTheLogIsBounded(t *testing.T) {
	var l requestLog
	for n := range 3*remembered + 7 {
		l.add(Request{Status: n})
		if n%997 != 0 && n != 2*remembered {
			continue
		}
		if all := l.all(); len(all) != min(n+1, remembered) || all[len(all)-1].Status != n || all[0].Status != n+1-len(all) || len(l.last) > 2*remembered {
			t.Fatalf("after %d there are %d requests, %d to %d", n+1, len(all), all[0].Status, all[len(all)-1].Status)
		}
	}
}

// A log that cannot be written is no reason not to answer, and is told at the end.
func TestTheLogCannotBeWritten(t *testing.T) {
	full := errors.New("no space left")
	st := NewStage(NewScene(small, Providers...), Options{Log: NewLines(broken{full})})
	for _, c := range st.Clouds() {
		if _, err := client(t, c).Describe(t.Context(), "eni-1"); err != nil {
			t.Error(err)
		}
	}
	if err := st.Close(); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
}

type broken struct{ err error }

func (b broken) Write([]byte) (int, error) { return 0, b.err }
