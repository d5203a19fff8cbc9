// SPDX-License-Identifier: Apache-2.0

package foreign

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Every client also gets into `enictl fake`, which is what people start who test a
// program in another language.
func TestEnictlFake(t *testing.T) {
	accounts := startFake(t)
	for _, test := range []struct {
		vendor  *vendor
		account account
		p       parameters
	}{
		{&alibaba, accounts["aliyun"], alibaba.describe("eni-1")},
		{&tencent, accounts["tencent"], tencent.describe("eni-1")},
		{&legacy, accounts["tencent"], parameters{"networkInterfaceId": "eni-1"}},
	} {
		for _, c := range test.vendor.contenders {
			t.Run(test.vendor.name+"/"+c.sdk+"/"+c.mode, func(t *testing.T) {
				a, p := test.vendor.as(&world{lasting: test.account}, step{p: test.p}, made{})
				response, err := c.open(t, a).call("DescribeNetworkInterfaces", p)
				if err != nil {
					t.Fatal(err)
				}
				r, err := test.vendor.read(response)
				if err != nil || len(r.interfaces) != 1 || r.interfaces[0].ID != "eni-1" {
					t.Errorf("it reads %+v, %v; want eni-1", r, err)
				}
			})
		}
	}
}

// startFake starts the command and returns the account of each cloud.
func startFake(t *testing.T) map[string]account {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "enictl")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Dir = "../../examples/enictl"
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	fake := exec.Command(binary, "fake", "-o", "json")
	fake.Stderr = os.Stderr
	out, err := fake.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := fake.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = fake.Process.Kill()
		_ = fake.Wait()
	})
	var printed struct {
		Clouds []struct {
			Provider string            `json:"provider"`
			Region   string            `json:"region"`
			Endpoint string            `json:"endpoint"`
			Env      map[string]string `json:"env"`
		} `json:"clouds"`
	}
	if err := json.NewDecoder(out).Decode(&printed); err != nil {
		t.Fatal(err)
	}
	accounts := make(map[string]account)
	for _, cloud := range printed.Clouds {
		accounts[cloud.Provider] = account{
			Endpoint: cloud.Endpoint,
			Region:   cloud.Region,
			// One of the two is there.
			ID:     cloud.Env["ALIBABA_CLOUD_ACCESS_KEY_ID"] + cloud.Env["TENCENTCLOUD_SECRET_ID"],
			Secret: cloud.Env["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] + cloud.Env["TENCENTCLOUD_SECRET_KEY"],
		}
	}
	return accounts
}
