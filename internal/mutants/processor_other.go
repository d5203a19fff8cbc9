// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package main

// processorTime is not known here.
func processorTime(int) (spent string, known bool) { return "", false }
