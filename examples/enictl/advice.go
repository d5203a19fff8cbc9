// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/cloudeni/cloudeni/eni"
)

// advice says for each kind of error what to do next. KEYS stands for the environment
// variables with the provider's credentials.
var advice = map[eni.Kind]string{
	eni.ErrUnknown:         "look up the code in the cloud's documentation: enictl does not know it and did not retry",
	eni.ErrInvalid:         "remove or correct this: the same request cannot succeed",
	eni.ErrUnauthenticated: "check the credentials: KEYS",
	eni.ErrPermission:      "the credentials are valid but lack a permission: ask the administrator of the account",
	eni.ErrNotFound:        "check the interface's id, --region and the account: a wrong region or account looks the same",
	eni.ErrNotAssigned:     "nothing to do: the address is not on the interface",
	eni.ErrState:           "check the interface with enictl show: its state or attachment does not allow this",
	eni.ErrConflict:        "run the same command again: it finds what has been done",
	eni.ErrThrottled:       "run the same command again in a minute: it finds what has been done",
	eni.ErrQuota:           "raise the account's quota: waiting does not help",
	eni.ErrUnsupported:     "remove this: the cloud, its region or this type of interface cannot do it",
	eni.ErrUnavailable:     "run the same command again: it finds what has been done",
}

func adviceFor(provider string, kind eni.Kind) string {
	return strings.ReplaceAll(advice[kind], "KEYS", providers[provider].keys)
}

// explain prints the error and what to do next.
func explain(person *console, j job, err error) {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		person.sayf("timed out after %s: %v", j.timeout, err)
	case errors.Is(err, context.Canceled):
		person.sayf("interrupted: %v", err)
	default:
		person.sayf("%v", err)
	}
	for _, kind := range kindsOf(err) {
		person.sayf("%s", adviceFor(j.provider, kind))
	}
}

// kindsOf returns the kinds of the errors in err, each once. The end of a context without
// an answer of the cloud counts as unavailable.
func kindsOf(err error) []eni.Kind {
	var reasons eni.Errors
	if !errors.As(err, &reasons) {
		kind := eni.KindOf(err)
		if kind == eni.ErrUnknown && ended(err) {
			kind = eni.ErrUnavailable
		}
		return []eni.Kind{kind}
	}
	var kinds []eni.Kind
	for _, reason := range reasons {
		for _, kind := range kindsOf(reason) {
			if !slices.Contains(kinds, kind) {
				kinds = append(kinds, kind)
			}
		}
	}
	return kinds
}
