// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/aliyun"
	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/tencent"
	"github.com/cloudeni/cloudeni/tencent/tencenttest"
)

// stage is an account at a cloud: an instance with its primary interface, and interfaces
// of others, one of them beside it.
type stage struct {
	*testing.T

	cloud   *enitest.Cloud
	server  http.Handler
	aliyun  *aliyuntest.Server // or nil
	tencent *tencenttest.Server
	settings
}

// The ids and addresses of the account, which no recording may have.
const (
	accountInstance = "bp1accountinst01"
	accountSubnet   = "bp1accountsub001"
	accountGroup    = "bp1accountgrp001"
	accountVPC      = "vpc-bp1accountvpc01"
)

var accountAddresses = netip.MustParsePrefix("10.77.66.0/24")

var providers = []string{aliyun.Provider, tencent.Provider}

// onBoth runs a test once for each cloud.
func onBoth(t *testing.T, test func(*testing.T, string)) {
	for _, provider := range providers {
		t.Run(provider, func(t *testing.T) { test(t, provider) })
	}
}

func newStage(t *testing.T, provider string) *stage {
	t.Helper()
	st := &stage{T: t, cloud: new(enitest.Cloud)}
	v := vendors[provider]
	st.settings = settings{
		provider: provider, subnet: v.subnet + accountSubnet, securityGroup: "sg-" + accountGroup,
		instance: v.instance + accountInstance, run: "run00001", burst: defaultBurst, patience: defaultPatience,
	}
	if provider == aliyun.Provider {
		st.aliyun = aliyuntest.NewServer(st.cloud)
		st.aliyun.SecurityToken = "CAISsecurityTokenOfTheTest0123456789"
		st.region, st.server = st.aliyun.Region, st.aliyun
		st.keyID, st.secret, st.token = st.aliyun.AccessKeyID, st.aliyun.AccessKeySecret, st.aliyun.SecurityToken
	} else {
		st.tencent = tencenttest.NewServer(st.cloud)
		st.tencent.Token = "securityTokenOfTheTest0123456789"
		st.region, st.server = st.tencent.Region, st.tencent
		st.keyID, st.secret, st.token = st.tencent.SecretID, st.tencent.SecretKey, st.tencent.Token
	}
	st.cloud.PutSubnet(enitest.Subnet{
		ID: st.subnet, VPCID: accountVPC, IPv4: accountAddresses, IPv6: netip.MustParsePrefix("2408:4005:3bc::/64"),
	})
	st.cloud.PutInstance(enitest.Instance{ID: st.instance, VPCID: accountVPC, SubnetID: st.subnet})
	st.cloud.Put(st.others()...)
	return st
}

// others are interfaces that a run must not touch.
func (st *stage) others() []eni.Interface {
	at := func(n int) []eni.Address {
		a := accountAddresses.Addr().As4()
		a[3] = byte(n)
		b := a
		b[3]++
		return []eni.Address{{Addr: netip.AddrFrom4(a), Primary: true}, {Addr: netip.AddrFrom4(b)}}
	}
	common := eni.Interface{
		VPCID: accountVPC, SubnetID: st.subnet, SecurityGroupIDs: []string{st.securityGroup}, Type: eni.TypeSecondary,
		State: eni.StateAvailable, MAC: "00:16:3e:12:34:56", Description: "of customer 5123456789",
	}
	primary, beside, free, copied, named := common, common, common, common, common
	primary.ID, primary.Type, primary.State, primary.InstanceID = "eni-bp1accountprim1", eni.TypePrimary, eni.StateInUse, st.instance
	beside.ID, beside.State, beside.InstanceID, beside.Name = "eni-bp1accountbesid", eni.StateInUse, st.instance, "database"
	free.ID, free.Tags = "eni-bp1accountfree1", map[string]string{"owner": "accounting"}
	copied.ID, copied.Name, copied.Tags = "eni-bp1accountcopy1", "web", map[string]string{tagKey: st.run}
	named.ID, named.Name = "eni-bp1accountname1", namePrefix(st.run)+"1"
	list := []eni.Interface{primary, beside, free, copied, named}
	for n := range list {
		list[n].Addresses = at(201 + 2*n)
	}
	return list
}

// play runs the program against the stage, in the same process.
func (st *stage) play() *report {
	st.Helper()
	r, err := run(st.Context(), context.WithoutCancel(st.Context()), &st.settings, enitest.Transport(st.server), testWriter{st.T})
	if err != nil {
		st.Fatal(err)
	}
	return r
}

// untouched fails where the others are not as they were, or anything else is left.
func (st *stage) untouched() {
	st.Helper()
	want := make(map[string]eni.Interface)
	for _, i := range st.others() {
		want[i.ID] = i
		now, ok := st.cloud.Get(i.ID)
		if !ok || now.State != i.State || now.InstanceID != i.InstanceID || len(now.Addresses) != len(i.Addresses) {
			st.Errorf("%s is another one now: %+v", i.ID, now)
		}
	}
	for _, i := range st.left() {
		if _, ok := want[i]; !ok {
			st.Errorf("%s is left", i)
		}
	}
	for _, c := range st.cloud.Calls() {
		if _, ok := want[c.InterfaceID]; ok {
			st.Errorf("%s of %s, which nobody asked for", c.Action, c.InterfaceID)
		}
	}
}

// left are the ids of all interfaces that exist.
func (st *stage) left() (ids []string) {
	exists := make(map[string]bool)
	for _, e := range st.cloud.Events() {
		exists[e.InterfaceID] = e.Exists
	}
	for id, is := range exists {
		if is {
			ids = append(ids, id)
		}
	}
	return ids
}

// answer finds the answer to a question.
func (r *report) answer(t *testing.T, name string) string {
	t.Helper()
	for _, a := range r.answers {
		if a.name == name {
			return a.text
		}
	}
	t.Fatalf("the report has no answer to %q: ended %v, %+v", name, r.ended, r.answers)
	return ""
}

// testWriter prints what the program prints.
type testWriter struct{ testing.TB }

func (w testWriter) Write(p []byte) (int, error) {
	w.Log(strings.TrimRight(string(p), "\n"))
	return len(p), nil
}

var _ io.Writer = testWriter{}
