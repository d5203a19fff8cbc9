// SPDX-License-Identifier: Apache-2.0

package readme_test

import (
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/aliyun/aliyuntest"
	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
)

// The program of the README prints what the README says.
func TestTheProgramPrintsThat(t *testing.T) {
	text := read(t, "README.md")
	programs, printed := blocks(text, "go"), blocks(text, "text")
	if len(programs) != 1 || len(printed) != 1 {
		t.Fatalf("the README has %d programs and %d outputs, want one each", len(programs), len(printed))
	}
	cloud := new(enitest.Cloud)
	cloud.Put(eni.Interface{
		ID: "eni-1", Type: eni.TypeSecondary, State: eni.StateInUse, InstanceID: "i-1",
		Addresses: []eni.Address{{Addr: netip.MustParseAddr("10.0.1.1"), Primary: true}, {Addr: netip.MustParseAddr("10.0.1.2")}},
	})
	server := aliyuntest.NewServer(cloud)
	endpoint := httptest.NewServer(server)
	defer endpoint.Close()

	program := command(t, []string{"run"}, programs[0])
	program.Env = append(os.Environ(),
		"ENDPOINT="+endpoint.URL,
		"ALIBABA_CLOUD_ACCESS_KEY_ID="+server.AccessKeyID,
		"ALIBABA_CLOUD_ACCESS_KEY_SECRET="+server.AccessKeySecret)
	var errs strings.Builder
	program.Stderr = &errs
	out, err := program.Output()
	if err != nil || string(out) != printed[0] {
		t.Errorf("%v\n%s\ngot\n%s\nwant\n%s", err, errs.String(), out, printed[0])
	}
}
