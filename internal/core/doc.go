// Package core is the request path that all clouds share. It knows no SDK.
//
//	callers ─▶ Client (3 verbs) ─▶ validate ─▶ lane of the interface ─▶ Driver (one per cloud) ─▶ the vendor's SDK
//	                                            pace ─▶ take ─▶ send ─▶ explain ─▶ settle | put back | look
//
// Each interface with wishes outstanding has a lane: a queue and one goroutine
// that reconciles it, because the clouds take one change per interface at a time.
// See lane.go, which is meant to be read in one go.
package core
