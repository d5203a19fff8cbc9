// SPDX-License-Identifier: Apache-2.0

//go:build unix

package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

// asCurl is the variable with which the test's binary does what curl does, so that the
// commands of the pages are run also where there is no curl.
const asCurl = "ENICTL_TEST_AS_CURL"

// runCurl sends one request as curl -fsS does, and returns the exit status.
func runCurl(args []string, stdout, stderr io.Writer) int {
	if err := curl(args, stdout); err != nil {
		fmt.Fprintln(stderr, "curl:", err)
		return 1
	}
	return 0
}

// curl knows the options that the pages use.
func curl(args []string, stdout io.Writer) error {
	var method, url string
	var body io.Reader
	for len(args) > 0 {
		option := args[0]
		args = args[1:]
		if !strings.HasPrefix(option, "-") {
			url = option
			continue
		}
		if len(args) == 0 {
			return fmt.Errorf("%s has no value", option)
		}
		value := args[0]
		args = args[1:]
		switch option {
		case "-X":
			method = value
		case "-d":
			method, body = http.MethodPost, strings.NewReader(value)
		case "-T":
			file, err := os.Open(value)
			if err != nil {
				return err
			}
			defer file.Close()
			method, body = http.MethodPut, file
		default:
			return fmt.Errorf("unknown option %s: want -X, -d or -T", option)
		}
	}
	r, err := http.NewRequest(method, url, body)
	if err != nil {
		return err
	}
	if method == http.MethodPost && body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	_, err = io.Copy(stdout, answer.Body)
	if answer.StatusCode >= http.StatusBadRequest {
		err = fmt.Errorf("%s %s: status %d", r.Method, url, answer.StatusCode)
	}
	return errors.Join(err, answer.Body.Close())
}
