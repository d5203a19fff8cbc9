// SPDX-License-Identifier: Apache-2.0

package eni_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cloudeni/cloudeni/eni"
)

func TestParseAddrs(t *testing.T) {
	addresses, prefixes, err := eni.ParseAddrs("2001:db8::7", "10.1.0.0/28", "10.0.0.7", "::ffff:10.0.0.8", "10.0.0.9/32", "2001:db8:1::/80", "10.0.0.7")
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(addresses, prefixes); got != "[2001:db8::7 10.0.0.7 10.0.0.8 10.0.0.9 10.0.0.7] [10.1.0.0/28 2001:db8:1::/80]" {
		t.Errorf("got %s", got)
	}
	if addresses, prefixes, err := eni.ParseAddrs(); addresses != nil || prefixes != nil || err != nil {
		t.Errorf("of no text: %v, %v, %v", addresses, prefixes, err)
	}
}

func TestParseAddrsReportsEachWrongText(t *testing.T) {
	wrong := map[string]string{
		"":                    "is not an address",
		"10.0.0.300":          "is not an address",
		"10.0.0.7\x20":        "is not an address",
		"10.0.0.7\x1b[2J":     "is not an address",
		"fe80::1%eth0":        "want fe80::1",
		"10.0.0.0/33":         "is not a prefix",
		"10.0.0.7/24":         "want 10.0.0.0/24",
		"::ffff:10.0.0.0/124": "want the IPv4 form",
	}
	texts := []string{"10.0.0.7"}
	for text := range wrong {
		texts = append(texts, text)
	}
	addresses, prefixes, err := eni.ParseAddrs(texts...)
	var all eni.Errors
	if !errors.As(err, &all) || len(all) != len(wrong) || addresses != nil || prefixes != nil {
		t.Fatalf("want an error for each of the %d wrong texts and nothing else, got %v, %v, %v", len(wrong), addresses, prefixes, err)
	}
	for i, text := range texts[1:] {
		if e := all[i]; e.Kind != eni.ErrInvalid || !strings.HasPrefix(e.Message, fmt.Sprintf("%q ", text)) || !strings.Contains(e.Message, wrong[text]) {
			t.Errorf("%q: %v", text, e)
		}
		if strings.ContainsRune(all[i].Error(), '\x1b') {
			t.Errorf("the error acts on the terminal: %q", all[i].Error())
		}
	}
}
