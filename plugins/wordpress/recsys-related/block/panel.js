/* The panel of a post: stories pinned to its list, and whether it is recommended under others. */
( function ( wp ) {
	'use strict';

	const { createElement: el, useEffect, useMemo, useState } = wp.element;
	const { __, sprintf } = wp.i18n;
	const { decodeEntities } = wp.htmlEntities;
	const { useDispatch, useSelect } = wp.data;
	const { Button, ComboboxControl, ToggleControl } = wp.components;
	const { PluginDocumentSettingPanel } = wp.editPost;

	const PINS = '_recsys_related_pins';
	const EXCLUDE = '_recsys_related_exclude';
	const MOST = 10;

	/* Titles by id, of stories that were found or are pinned. */
	function useTitles( ids ) {
		const [ titles, setTitles ] = useState( {} );
		const add = ( posts ) =>
			setTitles( ( known ) => ( {
				...known,
				...Object.fromEntries( posts.map( ( post ) => [ post.id, decodeEntities( post.title.rendered ?? post.title ) ] ) ),
			} ) );
		const missing = ids.filter( ( id ) => ! ( id in titles ) ).join( ',' );
		useEffect( () => {
			if ( missing ) {
				const path = wp.url.addQueryArgs( '/wp/v2/posts', { include: missing, per_page: MOST, _fields: 'id,title' } );
				wp.apiFetch( { path } ).then( add ).catch( () => {} );
			}
		}, [ missing ] );
		return [ titles, add ];
	}

	function Pins( { postId, pins, onChange } ) {
		const [ titles, addTitles ] = useTitles( pins );
		const [ found, setFound ] = useState( [] );
		const search = useMemo( () => {
			let timer;
			return ( text ) => {
				clearTimeout( timer );
				timer = setTimeout( () => {
					const path = wp.url.addQueryArgs( '/wp/v2/posts', { search: text, per_page: 8, status: 'publish', _fields: 'id,title' } );
					wp.apiFetch( { path } )
						.then( ( posts ) => {
							addTitles( posts );
							setFound( posts.map( ( post ) => post.id ) );
						} )
						.catch( () => {} );
				}, 250 );
			};
		}, [] );
		useEffect( () => search( '' ), [] );
		const options = found
			.filter( ( id ) => id !== postId && ! pins.includes( id ) )
			.map( ( id ) => ( { value: String( id ), label: titles[ id ] } ) );
		return el(
			'div',
			null,
			el( ComboboxControl, {
				label: __( 'Pin a story to the top of the list', 'recsys-related' ),
				value: null,
				options,
				onFilterValueChange: search,
				onChange: ( id ) => id && pins.length < MOST && onChange( [ ...pins, Number( id ) ] ),
			} ),
			el(
				'ol',
				{ className: 'recsys-pins' },
				pins.map( ( id ) =>
					el(
						'li',
						{ key: id },
						titles[ id ] ?? sprintf( /* translators: %d: id of a post */ __( 'Post %d', 'recsys-related' ), id ),
						' ',
						el(
							Button,
							{ variant: 'link', isDestructive: true, onClick: () => onChange( pins.filter( ( each ) => each !== id ) ) },
							__( 'Remove', 'recsys-related' )
						)
					)
				)
			)
		);
	}

	function Panel() {
		const { meta, postId } = useSelect( ( select ) => {
			const editor = select( 'core/editor' );
			return { meta: editor.getEditedPostAttribute( 'meta' ), postId: editor.getCurrentPostId() };
		}, [] );
		const { editPost } = useDispatch( 'core/editor' );
		if ( ! meta || ! ( EXCLUDE in meta ) ) {
			return null;
		}
		const set = ( changed ) => editPost( { meta: { ...meta, ...changed } } );
		return el(
			PluginDocumentSettingPanel,
			{ name: 'recsys-related', title: __( 'Related headlines', 'recsys-related' ) },
			el( Pins, { postId, pins: meta[ PINS ] ?? [], onChange: ( pins ) => set( { [ PINS ]: pins } ) } ),
			el( ToggleControl, {
				label: __( 'Never recommend this post', 'recsys-related' ),
				help: __( 'It still shows related headlines of its own, but is not listed under other posts.', 'recsys-related' ),
				checked: Boolean( meta[ EXCLUDE ] ),
				onChange: ( isOut ) => set( { [ EXCLUDE ]: isOut } ),
			} )
		);
	}

	wp.plugins.registerPlugin( 'recsys-related', { render: Panel, icon: 'list-view' } );
} )( window.wp );
