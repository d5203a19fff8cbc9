// Package outside holds tests of toy that stand in a package of their own.
package outside
