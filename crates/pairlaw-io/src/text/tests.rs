//! Texts in all their forms.
