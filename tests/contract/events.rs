//! The sample events, decoded as the functions decode them.
